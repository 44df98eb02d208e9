"""The audit: proves the books of a running market, read-only, over its database, the bank and Temporal."""
