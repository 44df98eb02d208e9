"""The database itself refuses the impossible, from any client."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.exc import DBAPIError

from edge.database import constraint_of, sqlstate_of
from ledger import CONSTRAINTS, Hold, Posted, RefusalReason, Void
from tests.fixtures.databases import Databases
from tests.ledger.books import Books, new_books
from tests.ledger.writing import in_a_row, written

Attempt = Callable[[int, int], str]


def transfer(**changes: Any) -> Attempt:
    return lambda debit, credit: written(debit, credit, transfer=changes)


def debit(**changes: Any) -> Attempt:
    return lambda debit, credit: written(debit, credit, debit=changes)


def credit(**changes: Any) -> Attempt:
    return lambda debit, credit: written(debit, credit, credit=changes)


def end_of_open_hold(**changes: Any) -> Attempt:
    """Ends the hold of 10 minor units as its entries must, but in a transfer with the given columns changed."""
    row = {"kind": "capture", "hold_id": "{open}"} | changes
    moved = 0 if row["kind"] == "void" else changes["amount_minor"]
    common = {"version": 2, "held_after_minor": 0, "incoming_after_minor": 0}
    return lambda _debit, _credit: written(
        "{holder}",
        "{promised}",
        transfer=row,
        debit=common | {"amount_minor": -moved, "balance_after_minor": -moved, "held_minor": -10},
        credit=common | {"amount_minor": moved, "balance_after_minor": moved, "incoming_minor": -10},
    )


def plain(sql: str) -> Attempt:
    return lambda debit, credit: sql.format(debit=debit, credit=credit)


INTO_ACCOUNTS = "INSERT INTO ledger.accounts (code, currency, floor_minor, balance_minor, held_minor, version) VALUES "
INTO_TRANSFERS = "INSERT INTO ledger.transfers (key, fingerprint, kind, refusal) VALUES "

# Each attempt breaks one rule, on two empty accounts in RUB: debit (floor -1000) and credit (unguarded).
REFUSED: list[tuple[str, Attempt]] = [
    ("accounts_pkey", plain(
        "INSERT INTO ledger.accounts (id, code, currency) OVERRIDING SYSTEM VALUE VALUES ({debit}, 'a', 'RUB')")),
    ("accounts_code_unique", plain(INTO_ACCOUNTS + "('account/1', 'RUB', NULL, 0, 0, 0)")),
    ("accounts_code_shape", plain(INTO_ACCOUNTS + "('', 'RUB', NULL, 0, 0, 0)")),
    ("accounts_code_shape", plain(INTO_ACCOUNTS + "('a#b', 'RUB', NULL, 0, 0, 0)")),
    ("accounts_currency_shape", plain(INTO_ACCOUNTS + "('a', 'rub', NULL, 0, 0, 0)")),
    ("accounts_floor_kept", plain(INTO_ACCOUNTS + "('a', 'RUB', 1, 0, 0, 0)")),
    ("accounts_floor_kept", plain("UPDATE ledger.accounts SET held_minor = 1001 WHERE id = {debit}")),
    ("accounts_floor_kept", plain("UPDATE ledger.accounts SET balance_minor = -1001 WHERE id = {debit}")),
    ("accounts_in_range", plain("UPDATE ledger.accounts SET held_minor = -1 WHERE id = {credit}")),
    ("accounts_in_range", plain("UPDATE ledger.accounts SET balance_minor = 1::bigint << 62 | 1 WHERE id = {credit}")),
    ("accounts_follow_entries", plain(INTO_ACCOUNTS + "('a', 'RUB', NULL, 100, 0, 0)")),
    ("accounts_follow_entries", plain(INTO_ACCOUNTS + "('a', 'RUB', NULL, 0, 0, 1)")),
    ("accounts_follow_entries", plain("UPDATE ledger.accounts SET balance_minor = 1 WHERE id = {credit}")),
    ("accounts_follow_entries", plain("UPDATE ledger.accounts SET version = 7 WHERE id = {credit}")),
    ("accounts_identity_fixed", plain("UPDATE ledger.accounts SET currency = 'USD' WHERE id = {credit}")),
    ("accounts_identity_fixed", plain("UPDATE ledger.accounts SET code = 'x' WHERE id = {credit}")),
    ("accounts_kept", plain("DELETE FROM ledger.accounts WHERE id = {credit}")),
    ("accounts_kept", plain("TRUNCATE ledger.accounts")),
    ("transfers_pkey", transfer(id=1)),
    ("transfers_key_unique", transfer(key="h")),
    ("transfers_key_shape", transfer(key="")),
    ("transfers_key_shape", transfer(key="k" * 201)),
    ("transfers_fingerprint_shape", transfer(fingerprint="short")),
    ("transfers_kind_known", transfer(kind="gift")),
    ("transfers_refusal_known", plain(INTO_TRANSFERS + "('r', repeat('x', 32)::bytea, 'post', 'bad_mood')")),
    ("transfers_refusal_known", plain(INTO_TRANSFERS + "('r', repeat('x', 32)::bytea, 'post', 'key_conflict')")),
    ("transfers_complete", transfer(debit_account=None)),
    ("transfers_complete", transfer(credit_account=None)),
    ("transfers_complete", transfer(amount_minor=None)),
    ("transfers_complete", transfer(currency=None)),
    ("transfers_amount_in_range", transfer(amount_minor=0)),
    ("transfers_amount_in_range", transfer(amount_minor=-10)),
    ("transfers_amount_in_range", transfer(amount_minor=10**15 + 1)),
    ("transfers_two_accounts", lambda debit, _: written(debit, debit, legs="none")),
    ("transfers_name_their_hold", transfer(hold_id=1)),
    ("transfers_name_their_hold", transfer(kind="capture")),
    ("transfers_name_their_hold", transfer(kind="void")),
    ("transfers_hold_ends_once", transfer(kind="capture", hold_id="{ended}")),
    ("transfers_fit_their_hold", end_of_open_hold(amount_minor=11)),
    ("transfers_fit_their_hold", end_of_open_hold(currency="RUB", kind="void", amount_minor=9)),
    ("entries_match_transfer", transfer(kind="void", hold_id=999_999_999)),
    ("transfers_balanced", lambda debit, credit: written(debit, credit, legs="debit")),
    ("transfers_balanced", lambda debit, credit: written(debit, credit, legs="none")),
    ("transfers_append_only", plain("UPDATE ledger.transfers SET reference = 'x'")),
    ("transfers_append_only", plain("DELETE FROM ledger.transfers")),
    ("transfers_append_only", plain("TRUNCATE ledger.transfers")),
    ("entries_append_only", plain("UPDATE ledger.entries SET amount_minor = 1")),
    ("entries_append_only", plain("DELETE FROM ledger.entries")),
    ("entries_append_only", plain("TRUNCATE ledger.entries")),
    ("entries_pkey", plain("INSERT INTO ledger.entries SELECT * FROM ledger.entries LIMIT 1")),
    ("entries_once_per_account", plain(
        "INSERT INTO ledger.entries SELECT transfer_id, account_id, version + 1, amount_minor, held_minor,"
        " incoming_minor, balance_after_minor, held_after_minor, incoming_after_minor, created_at"
        " FROM ledger.entries ORDER BY version DESC LIMIT 1")),
    ("entries_version_positive", debit(version=0)),
    ("entries_match_transfer", debit(amount_minor=-11, balance_after_minor=-11)),
    ("entries_match_transfer", debit(amount_minor=10, balance_after_minor=10)),
    ("entries_match_transfer", debit(held_minor=1, held_after_minor=1)),
    ("entries_match_transfer", debit(incoming_minor=1, incoming_after_minor=1)),
    ("entries_match_transfer", debit(transfer_id=999_999_999)),
    ("entries_match_transfer", debit(account_id="{other}")),
    ("entries_match_transfer", transfer(refusal="hold_ended")),
    ("entries_match_transfer", transfer(kind="hold")),
    ("entries_currency", transfer(currency="USD")),
    ("entries_chain", debit(version=2)),
    ("entries_chain", debit(balance_after_minor=-9)),
    ("entries_chain", debit(held_minor=0, held_after_minor=1)),
    ("entries_chain", credit(incoming_after_minor=1)),
    ("entries_chain", lambda debit, credit: in_a_row(debit, credit, version=3)),
    ("entries_chain", lambda debit, credit: in_a_row(debit, credit, balance=21)),
    ("entries_chain", lambda debit, credit: in_a_row(debit, credit, held=1)),
    ("entries_chain", lambda debit, credit: in_a_row(debit, credit, incoming=1)),
    ("entries_match_transfer", lambda debit, credit: in_a_row(debit, credit, at="2026-01-02")),
    ("entries_match_transfer", credit(account_id="{other}")),
    ("entries_currency", lambda debit, credit: in_a_row(debit, credit, currency="USD")),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(databases: Databases) -> AsyncIterator[tuple[Books, dict[str, int]]]:
    """One ledger for all attempts, since each must leave it as it was; and the ids that attempts name in braces."""
    async with new_books(databases) as books:
        names = ("debit", "credit", "other", "holder", "promised", "third", "fourth")
        ids = {name: await books.open(floor=-1_000 if name == "debit" else None) for name in names}
        [hold, ended, _] = await books.post(
            Hold("open", ids["holder"], ids["promised"], 10, "RUB"),
            Hold("h", ids["third"], ids["fourth"], 10, "RUB"),
            Void("v", "h"),
        )
        assert isinstance(hold, Posted) and isinstance(ended, Posted)
        yield books, ids | {"open": hold.transfer_id, "ended": ended.transfer_id}


@pytest.mark.parametrize(("constraint", "attempt"), REFUSED, ids=[f"{n}-{c}" for n, (c, _) in enumerate(REFUSED)])
async def test_the_owner_himself_cannot_write_the_impossible(
    world: tuple[Books, dict[str, int]], constraint: str, attempt: Attempt
) -> None:
    books, ids = world
    before = await _everything(books)
    statement = attempt(ids["debit"], ids["credit"])
    for name, value in ids.items():
        statement = statement.replace(f"'{{{name}}}'", str(value))
    with pytest.raises(DBAPIError) as raised:
        await books.by_owner(statement)
    assert constraint_of(raised.value) == constraint, raised.value
    assert await _everything(books) == before


async def test_a_right_transfer_written_by_hand_is_accepted(books: Books) -> None:
    one, other = await books.open(), await books.open()
    await books.by_app(written(one, other))
    assert [(await books.balance(account)).balance_minor for account in (one, other)] == [-10, 10]
    assert (await books.audit()).violations == ()


async def test_two_right_transfers_in_one_statement_are_accepted(books: Books) -> None:
    one, other = await books.open(), await books.open()
    await books.by_app(in_a_row(one, other))
    assert [(await books.balance(account)).balance_minor for account in (one, other)] == [-20, 20]
    assert (await books.audit()).violations == ()


async def test_every_constraint_and_trigger_has_an_attempt_that_it_refuses(books: Books) -> None:
    found = await books.rows(
        "SELECT conname FROM pg_constraint WHERE connamespace = 'ledger'::regnamespace AND contype IN ('c', 'u', 'p')"
        " AND conname !~ 'alembic|in_force'"
        " UNION SELECT relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indisunique AND relnamespace = 'ledger'::regnamespace AND relname !~ 'alembic|in_force'"
        " UNION SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE relnamespace = 'ledger'::regnamespace AND tgfoid = 'ledger.refuse_change'::regproc"
    )
    checked = {
        "entries_match_transfer", "entries_currency", "entries_chain",  # trigger entries_applied
        "transfers_balanced", "transfers_fit_their_hold",  # trigger transfers_checked
        "accounts_follow_entries",  # triggers accounts_checked and accounts_opened_empty
    }  # fmt: skip
    assert {name for (name,) in found} | checked == {constraint for constraint, _ in REFUSED} == set(CONSTRAINTS)


async def test_the_database_knows_the_reasons_that_are_stored(books: Books) -> None:
    [(definition,)] = await books.rows(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'transfers_refusal_known'"
    )
    known = set(re.findall(r"'([a-z_]+)'", definition))
    assert known == {str(reason) for reason in RefusalReason} - {"key_conflict"}


FORBIDDEN = [
    "UPDATE ledger.transfers SET reference = 'x'",
    "UPDATE ledger.entries SET amount_minor = 1",
    "DELETE FROM ledger.transfers",
    "DELETE FROM ledger.entries",
    "DELETE FROM ledger.accounts",
    "TRUNCATE ledger.transfers",
    "TRUNCATE ledger.entries",
    "TRUNCATE ledger.accounts",
    "UPDATE ledger.accounts SET balance_minor = balance_minor",
    "UPDATE ledger.accounts SET held_minor = 0, incoming_minor = 0, version = 0",
    "UPDATE ledger.accounts SET floor_minor = NULL",
    "UPDATE ledger.accounts SET code = 'x'",
    "UPDATE ledger.accounts SET currency = 'USD'",
    "INSERT INTO ledger.accounts (code, currency, balance_minor) VALUES ('a', 'RUB', 100)",
    "INSERT INTO ledger.accounts (code, currency, created_at) VALUES ('a', 'RUB', now())",
    "ALTER TABLE ledger.entries DISABLE TRIGGER USER",
    "DROP TRIGGER entries_append_only ON ledger.entries",
    "CREATE TABLE ledger.other ()",
    "UPDATE ledger.alembic_version SET version_num = 'x'",
    "UPDATE ledger.schema_in_force SET digest = 'x'",
    "SELECT setval('ledger.transfers_id_seq', 1)",
    "SET session_replication_role = replica",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_the_application_role_has_no_right_to(world: tuple[Books, dict[str, int]], statement: str) -> None:
    books, _ = world
    with pytest.raises(DBAPIError) as raised:
        await books.by_app(statement)
    assert sqlstate_of(raised.value) == "42501"  # insufficient_privilege


async def _everything(books: Books) -> list[tuple[Any, ...]]:
    return await books.rows(
        "SELECT to_jsonb(a)::text FROM ledger.accounts a UNION ALL SELECT to_jsonb(t)::text FROM ledger.transfers t"
        " UNION ALL SELECT to_jsonb(e)::text FROM ledger.entries e ORDER BY 1"
    )
