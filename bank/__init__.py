"""The bank: `bank.client` is how we talk to one, `bank.service` is one (a program and a database of its own)."""
