"""The bank: a program of its own with a database of its own. Imports nothing of ours but domain, ledger and edge."""

from __future__ import annotations

from bank.service.migrate import migrate

__all__ = ["migrate"]
