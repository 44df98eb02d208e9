"""The bank's rules, without a database and without a clock."""
