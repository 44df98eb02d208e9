"""Banks: `bank.client` calls one, `bank.service` is one (a program with its own database)."""
