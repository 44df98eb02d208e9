"""Requests and answers on the wire, one noun per file. Amounts are strings with the currency's decimals."""
