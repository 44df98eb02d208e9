"""The audit is silent over sound books and names every planted corruption by its rule."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

import pytest_asyncio

import ledger
from ledger import CHECKS, Capture, Hold, Post, Void
from tests.fixtures.complaints import never_heard
from tests.fixtures.databases import Databases
from tests.ledger.books import Books, new_books

TABLES = ("accounts", "transfers", "entries")

# Damage by a superuser to sound books, past every trigger: check, detail, statements.
CORRUPTIONS: Sequence[tuple[str, str, Sequence[str]]] = (
    (
        "transfers_balanced",
        "transfer {rent} has 1 entries",
        ["DELETE FROM ledger.entries WHERE transfer_id = {rent} AND amount_minor > 0"],
    ),
    (
        "transfers_balanced",
        "refused transfer {too much} has entries",
        ["UPDATE ledger.entries SET transfer_id = {too much} WHERE transfer_id = {rent}"],
    ),
    (
        "transfers_balanced",
        "transfer {rent}: amounts sum to 1,",
        [
            (
                "UPDATE ledger.entries SET amount_minor = amount_minor + 1 "
                "WHERE transfer_id = {rent} AND account_id = {payee}"
            )
        ],
    ),
    (
        "transfers_balanced",
        "transfer {open}: amounts sum to 0, held 20, incoming 21",
        [
            (
                "UPDATE ledger.entries SET incoming_minor = incoming_minor + 1 "
                "WHERE transfer_id = {open} AND account_id = {payee}"
            )
        ],
    ),
    (
        "entries_follow_transfers",
        "transfer {rent} (post)",
        ["UPDATE ledger.entries SET amount_minor = amount_minor * 2 WHERE transfer_id = {rent}"],
    ),
    (
        "entries_follow_transfers",
        "account {payer} has no transfer",
        ["DELETE FROM ledger.transfers WHERE id = {rent}"],
    ),
    (
        "entries_follow_transfers",
        "account {payer}: the account is not in transfer {rent}",
        ["UPDATE ledger.transfers SET debit_account = {payee} + 1 WHERE id = {rent}"],
    ),
    (
        "currencies_sum_to_zero",
        "balances sum to 7",
        ["UPDATE ledger.accounts SET balance_minor = balance_minor + 7 WHERE id = {payee}"],
    ),
    (
        # Still sums to zero: money moved from one account to another without a trace.
        "balances_equal_entries",
        "account {payee}",
        [
            "UPDATE ledger.accounts SET balance_minor = balance_minor + 7 WHERE id = {payee}",
            "UPDATE ledger.accounts SET balance_minor = balance_minor - 7 WHERE id = {payer}",
        ],
    ),
    (
        "entries_chain",
        "account {payer}: entry 3 does not follow",
        [
            (
                "UPDATE ledger.entries SET balance_after_minor = balance_after_minor + 1 "
                "WHERE account_id = {payer} AND version = 3"
            )
        ],
    ),
    (
        "entries_chain",
        "account {payer}: entry 10 stands where 8 belongs",
        ["UPDATE ledger.entries SET version = 10 WHERE account_id = {payer} AND version = 3"],
    ),
    (
        "versions_count_entries",
        "account {payee} is at version",
        ["UPDATE ledger.accounts SET version = version + 1 WHERE id = {payee}"],
    ),
    (
        "versions_count_entries",
        "entries of account {payee}, which does not exist",
        ["DELETE FROM ledger.accounts WHERE id = {payee}"],
    ),
    ("floors_kept", "account {payer}", ["UPDATE ledger.accounts SET balance_minor = -1 WHERE id = {payer}"]),
    (
        # The account is above its floor now, and was not after an earlier entry.
        "floors_kept_always",
        "account {payer}",
        ["UPDATE ledger.accounts SET floor_minor = 700 WHERE id = {payer}"],
    ),
    ("amounts_in_range", "transfer {rent}", ["UPDATE ledger.transfers SET amount_minor = 0 WHERE id = {rent}"]),
    (
        "currencies_match",
        "account {payee} in USD",
        ["UPDATE ledger.accounts SET currency = 'USD' WHERE id = {payee}"],
    ),
    (
        "amounts_are_integers",
        "transfers.amount_minor is numeric",
        ["ALTER TABLE ledger.transfers ALTER COLUMN amount_minor TYPE numeric"],
    ),
    (
        "nobody_may_rewrite",
        "role holdfast_app may UPDATE ledger.entries",
        ["GRANT UPDATE (amount_minor) ON ledger.entries TO holdfast_app"],
    ),
    (
        "nobody_may_rewrite",
        "role holdfast_app may UPDATE ledger.accounts.balance_minor",
        ["GRANT UPDATE (balance_minor) ON ledger.accounts TO holdfast_app"],
    ),
    (
        "triggers_in_force",
        "trigger entries_append_only is missing",
        ["DROP TRIGGER entries_append_only ON ledger.entries"],
    ),
    (
        "triggers_in_force",
        "trigger entries_applied is disabled",
        ["ALTER TABLE ledger.entries DISABLE TRIGGER entries_applied"],
    ),
    (
        "uniqueness_in_force",
        "no valid unique index transfers_key_unique",
        ["ALTER TABLE ledger.transfers DROP CONSTRAINT transfers_key_unique"],
    ),
    (
        "keys_once",
        "key rent names 2 transfers",
        [
            "ALTER TABLE ledger.transfers DROP CONSTRAINT transfers_key_unique",
            "UPDATE ledger.transfers SET key = 'rent' WHERE key = 'back'",
        ],
    ),
    (
        "holds_end_once",
        "hold {hold} has 2 ends",
        [
            "DROP INDEX ledger.transfers_hold_ends_once",
            "UPDATE ledger.transfers SET hold_id = {hold} WHERE key = 'void'",
        ],
    ),
    (
        "holds_end_once",
        "transfer {void} ends {rent}, which is no hold",
        ["UPDATE ledger.transfers SET hold_id = {rent} WHERE id = {void}"],
    ),
    (
        "holds_end_once",
        "transfer {capture} does not fit hold {hold}",
        ["UPDATE ledger.transfers SET amount_minor = 101 WHERE id = {capture}"],
    ),
    ("held_is_open_holds", "account {payer}: held 20", ["DELETE FROM ledger.transfers WHERE key = 'open'"]),
)


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


async def _found_after(books: Books, statements: Iterable[str]) -> list[tuple[str, str]]:
    """What checks report after the damage of `statements`, of which nothing stays: names of the checks, and details."""
    free = (
        "SET LOCAL session_replication_role = replica",
        "ALTER TABLE ledger.accounts DROP CONSTRAINT accounts_floor_kept",
        "ALTER TABLE ledger.transfers DROP CONSTRAINT transfers_amount_in_range",
    )
    async with books.superuser.transaction() as session:
        connection = await session.connection()
        for statement in (*free, *statements):
            await connection.exec_driver_sql(statement)
        report = await ledger.audit(connection)
        await session.rollback()
    return [(violation.check, violation.detail) for violation in report.violations]


async def test_the_audit_names_each_planted_corruption(sound: tuple[Books, dict[str, int]]) -> None:
    books, ids = sound
    assert (await books.audit()).clean
    heard = []
    for check, detail, statements in CORRUPTIONS:
        found = await _found_after(books, [statement.format(**ids) for statement in statements])
        wanted = detail.format(**ids)
        assert any(name == check and wanted in said for name, said in found), (check, wanted, found)
        heard += found
    assert never_heard(CHECKS, heard) == []
    assert (await books.audit()).clean


def test_every_check_has_its_corruption_and_every_invariant_of_the_ledger_its_check() -> None:
    assert {check for check, _, _ in CORRUPTIONS} == {check.name for check in CHECKS}
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


async def test_a_right_to_change_an_account_is_named(books: Books) -> None:
    columns = ("balance_minor", "floor_minor", "held_minor", "version")
    await books.by_owner(f"GRANT UPDATE ({', '.join(columns)}) ON ledger.accounts TO holdfast_app")
    found = [v.detail for v in (await books.audit()).violations if v.check == "nobody_may_rewrite"]
    assert sorted(found) == [f"role holdfast_app may UPDATE ledger.accounts.{column}" for column in columns]


async def test_a_long_list_of_violations_is_cut_and_counted_and_hides_none_of_another_kind(books: Books) -> None:
    payer, payee = await books.open(), await books.open()
    await books.post(*[Post(f"p{n}", payer, payee, 1, "RUB") for n in range(150)])
    await books.by_owner(
        "ALTER TABLE ledger.entries DISABLE TRIGGER USER",
        "UPDATE ledger.entries SET held_minor = 1 WHERE amount_minor > 0",
        "DELETE FROM ledger.entries WHERE transfer_id = (SELECT max(id) FROM ledger.transfers)",
        "ALTER TABLE ledger.entries ENABLE TRIGGER USER",
    )
    report = await books.audit()
    found = [violation.detail for violation in report.violations if violation.check == "transfers_balanced"]
    assert (len(found), report.broken["transfers_balanced"]) == (100, 150)
    assert ["has 0 entries" in detail for detail in found[:2]].count(True) == 1
