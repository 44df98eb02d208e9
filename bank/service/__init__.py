"""The bank: a program with its own database. Of our packages it imports only domain, ledger and edge."""

from __future__ import annotations

from bank.service.migrate import migrate

__all__ = ["migrate"]
