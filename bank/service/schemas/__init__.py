"""Requests and answers on the wire, one noun per file. Amounts are strings in the currency's decimals."""
