"""The double-entry ledger kernel: accounts, transfers in one or two phases, append-only entries, an audit.

Both programs use it, each in its own database. No other code writes the schema `ledger`. Amounts are whole minor units,
timestamps the database's clock in UTC. Refused commands are values (`Refused`), not exceptions.
"""

from __future__ import annotations

from ledger.accounts import (
    MAX_OPENED,
    Balance,
    Named,
    balance,
    balance_of,
    close_account,
    lock_balances,
    open_account,
    open_accounts,
    open_named,
    open_shards,
    shard,
    shard_for,
)
from ledger.audit import AuditReport, Violation, audit, audit_by
from ledger.audit_checks import CHECKS, Check
from ledger.commands import Capture, Command, Hold, Post, Void
from ledger.constraints import CONSTRAINTS, KEY_RACE
from ledger.history import Entry, History, balances_after, history
from ledger.kernel import MAX_COMMANDS, post, rows_of
from ledger.migrate import is_current, migrate
from ledger.outcomes import Outcome, Posted, RefusalReason, Refused
from ledger.statements import Line, Statement, statement

__all__ = [
    "CHECKS",
    "CONSTRAINTS",
    "KEY_RACE",
    "MAX_COMMANDS",
    "MAX_OPENED",
    "AuditReport",
    "Balance",
    "Capture",
    "Check",
    "Command",
    "Entry",
    "History",
    "Hold",
    "Line",
    "Named",
    "Outcome",
    "Post",
    "Posted",
    "RefusalReason",
    "Refused",
    "Statement",
    "Violation",
    "Void",
    "audit",
    "audit_by",
    "balance",
    "balance_of",
    "balances_after",
    "close_account",
    "history",
    "is_current",
    "lock_balances",
    "migrate",
    "open_account",
    "open_accounts",
    "open_named",
    "open_shards",
    "post",
    "rows_of",
    "shard",
    "shard_for",
    "statement",
]
