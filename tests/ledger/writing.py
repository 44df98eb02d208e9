"""A transfer written by hand, past the kernel: right unless made wrong on purpose."""

from __future__ import annotations

from typing import Any

_TRANSFER = (
    "id", "key", "fingerprint", "kind", "debit_account", "credit_account", "amount_minor", "currency", "hold_id",
    "refusal",
)  # fmt: skip
_ENTRY = (
    "transfer_id", "account_id", "version", "amount_minor", "held_minor", "incoming_minor",
    "balance_after_minor", "held_after_minor", "incoming_after_minor",
)  # fmt: skip


def written(
    debit_account: int | str,
    credit_account: int | str,
    *,
    transfer: dict[str, Any] | None = None,
    debit: dict[str, Any] | None = None,
    credit: dict[str, Any] | None = None,
    legs: str = "both",
) -> str:
    """One statement that posts 10 minor units of RUB between two empty accounts, with the given columns changed.

    An account may be a placeholder such as "{holder}". `legs`: both, debit or none.
    """
    row: dict[str, Any] = {
        "id": 1_000_000, "key": "by-hand", "fingerprint": "x" * 32, "kind": "post", "debit_account": debit_account,
        "credit_account": credit_account, "amount_minor": 10, "currency": "RUB", "hold_id": None, "refusal": None,
    } | (transfer or {})  # fmt: skip
    entries = []
    for account, sign, changes in ((debit_account, -1, debit), (credit_account, 1, credit)):
        entries.append(
            {
                "transfer_id": row["id"], "account_id": account, "version": 1, "amount_minor": sign * 10,
                "held_minor": 0, "incoming_minor": 0, "balance_after_minor": sign * 10, "held_after_minor": 0,
                "incoming_after_minor": 0,
            } | (changes or {})
        )  # fmt: skip
    chosen = {"both": entries, "debit": entries[:1], "none": []}[legs]
    parts = [
        f"t AS (INSERT INTO ledger.transfers ({', '.join(_TRANSFER)}, created_at) SELECT {_values(row)}, at FROM m)"
    ]
    for number, entry in enumerate(chosen):
        columns = f"{', '.join(_ENTRY)}, created_at"
        parts.append(f"e{number} AS (INSERT INTO ledger.entries ({columns}) SELECT {_values(entry)}, at FROM m)")
    return f"WITH m AS MATERIALIZED (SELECT clock_timestamp() AS at), {', '.join(parts)} SELECT at FROM m"


def in_a_row(
    debit_account: int, credit_account: int, *, currency: str = "RUB", at: str = "2026-01-01", **second: int
) -> str:
    """One statement that posts 10 minor units of RUB twice between two empty accounts.

    Changed may be the currency of the first transfer, the time of the entries, and what the second one leads to: its
    version, balance (of the debited account, without its sign), held or incoming.
    """
    led_to = {"version": 2, "balance": 20, "held": 0, "incoming": 0} | second
    version, balance, held, incoming = (f"CASE n WHEN 1 THEN {first} ELSE {led_to[name]} END" for name, first in (
        ("version", 1), ("balance", 10), ("held", 0), ("incoming", 0)))  # fmt: skip
    return (
        "WITH t AS (INSERT INTO ledger.transfers (id, key, fingerprint, kind, debit_account, credit_account,"
        " amount_minor, currency, created_at) SELECT 2000000 + n, 'row/' || n, repeat('x', 32)::bytea, 'post',"
        f" {debit_account}, {credit_account}, 10, CASE n WHEN 1 THEN '{currency}' ELSE 'RUB' END, '2026-01-01'"
        " FROM generate_series(1, 2) n)"
        f" INSERT INTO ledger.entries SELECT 2000000 + n, account, {version}, side * 10, 0, 0, side * {balance},"
        f" {held}, {incoming}, '{at}'"
        f" FROM generate_series(1, 2) n, (VALUES ({debit_account}, -1), ({credit_account}, 1)) v (account, side)"
    )


def _values(row: dict[str, Any]) -> str:
    return ", ".join(_literal(value) for value in row.values())


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else f"'{value}'"
