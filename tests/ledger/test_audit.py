"""The audit is silent over sound books and names every planted corruption by its rule."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

import ledger
from ledger import CHECKS, Capture, Hold, Post, Void
from tests.fixtures.databases import Databases
from tests.ledger.books import Books, new_books

TABLES = ("accounts", "transfers", "entries")

# What somebody with the owner's password does to sound books, past every trigger: check → statements, detail.
CORRUPTIONS: Mapping[str, tuple[list[str], str]] = {
    "transfers_balanced": (["DELETE FROM ledger.entries WHERE transfer_id = {rent} AND amount_minor > 0"], "{rent}"),
    "entries_follow_transfers": (
        ["UPDATE ledger.entries SET amount_minor = amount_minor * 2 WHERE transfer_id = {rent}"],
        "transfer {rent} (post)",
    ),
    "currencies_sum_to_zero": (
        ["UPDATE ledger.accounts SET balance_minor = balance_minor + 7 WHERE id = {payee}"],
        "7",
    ),
    "balances_equal_entries": (
        # Still sums to zero: money moved from one account to another without a trace.
        [
            "UPDATE ledger.accounts SET balance_minor = balance_minor + 7 WHERE id = {payee}",
            "UPDATE ledger.accounts SET balance_minor = balance_minor - 7 WHERE id = {payer}",
        ],
        "account {payee}",
    ),
    "entries_chain": (
        ["UPDATE ledger.entries SET balance_after_minor = balance_after_minor + 1 WHERE transfer_id = {rent}"],
        "account {payer}",
    ),
    "versions_count_entries": (["UPDATE ledger.accounts SET version = version + 1 WHERE id = {payee}"], "{payee}"),
    "floors_kept": (["UPDATE ledger.accounts SET balance_minor = -1 WHERE id = {payer}"], "account {payer}"),
    "floors_kept_always": (
        # The account is above its floor now, and was not after an earlier entry.
        ["UPDATE ledger.accounts SET floor_minor = 700 WHERE id = {payer}"],
        "account {payer}",
    ),
    "amounts_in_range": (["UPDATE ledger.transfers SET amount_minor = 0 WHERE id = {rent}"], "transfer {rent}"),
    "currencies_match": (["UPDATE ledger.accounts SET currency = 'USD' WHERE id = {payee}"], "account {payee} in USD"),
    "amounts_are_integers": (
        ["ALTER TABLE ledger.transfers ALTER COLUMN amount_minor TYPE numeric"],
        "transfers.amount_minor is numeric",
    ),
    "nobody_may_rewrite": (
        ["GRANT UPDATE (amount_minor) ON ledger.entries TO holdfast_app"],
        "role holdfast_app may UPDATE ledger.entries",
    ),
    "triggers_in_force": (["DROP TRIGGER entries_append_only ON ledger.entries"], "entries_append_only is missing"),
    "uniqueness_in_force": (
        ["ALTER TABLE ledger.transfers DROP CONSTRAINT transfers_key_unique"],
        "no valid unique index transfers_key_unique",
    ),
    "keys_once": (
        [
            "ALTER TABLE ledger.transfers DROP CONSTRAINT transfers_key_unique",
            "UPDATE ledger.transfers SET key = 'rent' WHERE key = 'back'",
        ],
        "key rent names 2 transfers",
    ),
    "holds_end_once": (
        [
            "DROP INDEX ledger.transfers_hold_ends_once",
            "UPDATE ledger.transfers SET hold_id = {hold} WHERE key = 'void'",
        ],
        "hold {hold} has 2 ends",
    ),
    "held_is_open_holds": (["DELETE FROM ledger.transfers WHERE key = 'open'"], "account {payer}: held 20"),
}


async def _sound_books(books: Books) -> dict[str, int]:
    """A ledger with every kind of transfer, a refusal and an open hold; ids by name."""
    payer, payee = await books.open(floor=0, funds=1_000), await books.open(floor=0)
    await books.post(
        Post("rent", payer, payee, 600, "RUB"),
        Hold("hold", payer, payee, 100, "RUB"),
        Capture("capture", "hold", 90),
        Post("back", payee, payer, 500, "RUB"),
        Hold("hold/2", payer, payee, 30, "RUB"),
        Void("void", "hold/2"),
        Post("too much", payer, payee, 10**6, "RUB"),
        Hold("open", payer, payee, 20, "RUB"),
    )
    rows = [(str(key), int(number)) for key, number in await books.rows("SELECT key, id FROM ledger.transfers")]
    return {"payer": payer, "payee": payee, **dict(rows)}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sound(databases: Databases) -> AsyncIterator[tuple[Books, dict[str, int]]]:
    """One sound ledger for all corruptions: each is planted in a transaction that is rolled back."""
    async with new_books(databases) as books:
        yield books, await _sound_books(books)


@pytest.mark.parametrize("check", CORRUPTIONS)
async def test_the_audit_names_a_planted(sound: tuple[Books, dict[str, int]], check: str) -> None:
    books, ids = sound
    statements, detail = CORRUPTIONS[check]
    async with books.owner.transaction() as session:
        connection = await session.connection()
        assert (await ledger.audit(connection)).clean
        for statement in (
            *(f"ALTER TABLE ledger.{table} DISABLE TRIGGER USER" for table in TABLES),
            "ALTER TABLE ledger.accounts DROP CONSTRAINT accounts_floor_kept",
            "ALTER TABLE ledger.transfers DROP CONSTRAINT transfers_amount_in_range",
            *(statement.format(**ids) for statement in statements),
            *(f"ALTER TABLE ledger.{table} ENABLE TRIGGER USER" for table in TABLES),
        ):
            await connection.exec_driver_sql(statement)
        report = await ledger.audit(connection)
        await session.rollback()
    found = [violation.detail for violation in report.violations if violation.check == check]
    assert any(detail.format(**ids) in text for text in found), found


def test_every_check_has_its_corruption_and_every_invariant_of_the_ledger_its_check() -> None:
    assert list(CORRUPTIONS) == [check.name for check in CHECKS]
    assert {check.invariant for check in CHECKS} == {1, 2, 3, 4, 5, 6, 7, 8, 13}


async def test_sound_books_are_clean_and_every_check_examined_something(books: Books) -> None:
    await _sound_books(books)
    report = await books.audit()
    assert report.violations == ()
    assert list(report.examined) == [check.name for check in CHECKS]
    assert all(count > 0 for count in report.examined.values())
    assert report.examined["transfers_balanced"] == 9
    assert report.examined["entries_chain"] == 16


async def test_an_empty_ledger_is_clean_though_little_was_examined(books: Books) -> None:
    report = await books.audit()
    assert report.clean
    assert report.examined["entries_chain"] == 0
    account = await books.open()
    assert (await books.post(Post("p", account, 10**9, 1, "RUB")))[0].key == "p"
    assert (await books.audit()).clean, "a refusal has no entries to examine"


async def test_a_check_that_examined_nothing_is_a_violation(books: Books) -> None:
    await _sound_books(books)
    await books.by_owner(
        "ALTER TABLE ledger.entries DISABLE TRIGGER USER",
        "TRUNCATE ledger.entries",
        "ALTER TABLE ledger.entries ENABLE TRIGGER USER",
    )
    violations = {(violation.check, violation.detail) for violation in (await books.audit()).violations}
    assert ("entries_chain", "examined nothing") in violations
    assert ("floors_kept_always", "examined nothing") in violations


async def test_disabled_triggers_are_named_one_by_one(books: Books) -> None:
    await books.by_owner(*(f"ALTER TABLE ledger.{table} DISABLE TRIGGER USER" for table in TABLES))
    found = [violation for violation in (await books.audit()).violations if violation.check == "triggers_in_force"]
    assert len(found) == 8
    assert {violation.detail.split()[-1] for violation in found} == {"disabled"}


@pytest.mark.parametrize("column", ["balance_minor", "held_minor", "version", "floor_minor"])
async def test_a_right_to_change_an_account_is_named(books: Books, column: str) -> None:
    await books.by_owner(f"GRANT UPDATE ({column}) ON ledger.accounts TO holdfast_app")
    found = [v.detail for v in (await books.audit()).violations if v.check == "nobody_may_rewrite"]
    assert found == [f"role holdfast_app may UPDATE ledger.accounts.{column}"]


async def test_a_long_list_of_violations_is_cut_and_counted(books: Books) -> None:
    payer, payee = await books.open(), await books.open()
    await books.post(*[Post(f"p{n}", payer, payee, 1, "RUB") for n in range(150)])
    await books.by_owner(
        "ALTER TABLE ledger.entries DISABLE TRIGGER USER",
        "UPDATE ledger.entries SET held_minor = 1 WHERE amount_minor > 0",
        "ALTER TABLE ledger.entries ENABLE TRIGGER USER",
    )
    found = [v.detail for v in (await books.audit()).violations if v.check == "transfers_balanced"]
    assert len(found) == 101
    assert found[-1] == "… 150 rows in all"
