"""Statements: opening + lines = closing, for every period and every page size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import ledger
from ledger import Balance, Capture, Hold, Line, Post, Posted, Statement, Void
from tests.ledger.books import Books

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)


async def _statement(
    books: Books, account: int, since: datetime, until: datetime, after: int | None = None, limit: int = 100
) -> Statement:
    async with books.app.transaction() as session:
        return await ledger.statement(await session.connection(), account, since, until, after=after, limit=limit)


async def _account_with_seven_entries(books: Books) -> tuple[int, list[Posted]]:
    payer, payee = await books.open(floor=0, funds=1_000), await books.open()
    posted = []
    for command in (
        Post("rent", payer, payee, 100, "RUB", "March"),
        Hold("hold", payer, payee, 300, "RUB", "a bicycle"),
        Capture("capture", "hold", 250),
        Post("back", payee, payer, 30, "RUB"),
        Hold("hold/2", payer, payee, 80, "RUB"),
        Void("void", "hold/2"),
    ):
        [outcome] = await books.post(command)
        assert isinstance(outcome, Posted)
        posted.append(outcome)
    return payer, posted


async def test_a_statement_lists_every_entry_with_its_counterparty(books: Books) -> None:
    payer, posted = await _account_with_seven_entries(books)
    found = await _statement(books, payer, LONG_AGO, LATER)
    assert (found.opening, found.closing, found.next_after) == (Balance(0, 0, 0), Balance(680, 0, 0), None)
    assert (found.account_id, found.code, found.currency) == (payer, "account/1", "RUB")
    assert [(line.version, line.kind, line.amount_minor, line.held_minor, line.after) for line in found.lines] == [
        (1, "post", 1_000, 0, Balance(1_000, 0, 0)),
        (2, "post", -100, 0, Balance(900, 0, 0)),
        (3, "hold", 0, 300, Balance(900, 300, 0)),
        (4, "capture", -250, -300, Balance(650, 0, 0)),
        (5, "post", 30, 0, Balance(680, 0, 0)),
        (6, "hold", 0, 80, Balance(680, 80, 0)),
        (7, "void", 0, -80, Balance(680, 0, 0)),
    ]
    rent, capture = found.lines[1], found.lines[3]
    assert (rent.key, rent.reference, rent.at, rent.transfer_id) == (
        "rent",
        "March",
        posted[0].at,
        posted[0].transfer_id,
    )
    assert (capture.key, capture.hold_key) == ("capture", "hold")
    assert (await _statement(books, rent.counterparty, LONG_AGO, LATER)).lines[0].counterparty == payer


async def test_any_period_adds_up_and_two_halves_meet(books: Books) -> None:
    payer, posted = await _account_with_seven_entries(books)
    for outcome in posted:
        before = await _statement(books, payer, LONG_AGO, outcome.at)
        after = await _statement(books, payer, outcome.at, LATER)
        assert before.closing == after.opening
        assert len(before.lines) + len(after.lines) == 7
        assert after.lines[0].transfer_id == outcome.transfer_id, "the period includes its first moment"
        for half in (before, after):
            assert half.opening.balance_minor + _moved(half.lines) == half.closing.balance_minor


async def test_pages_of_any_size_give_the_same_lines_and_balances(books: Books) -> None:
    payer, _ = await _account_with_seven_entries(books)
    whole = await _statement(books, payer, LONG_AGO, LATER)
    for limit in (1, 2, 3, 6, 7, 8):
        pages = [await _statement(books, payer, LONG_AGO, LATER, limit=limit)]
        while pages[-1].next_after is not None:
            assert len(pages) <= 7
            pages.append(await _statement(books, payer, LONG_AGO, LATER, pages[-1].next_after, limit))
        assert all((page.opening, page.closing) == (whole.opening, whole.closing) for page in pages)
        assert all(len(page.lines) <= limit for page in pages)
        assert tuple(line for page in pages for line in page.lines) == whole.lines


async def test_a_period_without_entries_opens_and_closes_alike(books: Books) -> None:
    payer, posted = await _account_with_seven_entries(books)
    for since, until, amount in (
        (LONG_AGO, LONG_AGO + timedelta(days=1), 0),
        (LATER - timedelta(days=1), LATER, 680),
        (posted[0].at, posted[0].at, 1_000),
    ):
        found = await _statement(books, payer, since, until)
        assert (found.opening, found.closing, found.lines) == (Balance(amount, 0, 0), Balance(amount, 0, 0), ())
    empty = await books.open()
    assert (await _statement(books, empty, LONG_AGO, LATER)).closing == Balance(0, 0, 0)


async def test_wrong_periods_pages_and_accounts_are_refused(books: Books) -> None:
    account = await books.open()
    naive = LATER.replace(tzinfo=None)
    for since, until, limit in (
        (LATER, LONG_AGO, 1),
        (naive, LATER, 1),
        (LONG_AGO, LATER, 0),
        (LONG_AGO, LATER, 1_001),
    ):
        with pytest.raises(ValueError):
            await _statement(books, account, since, until, limit=limit)
    with pytest.raises(LookupError):
        await _statement(books, 10**9, LONG_AGO, LATER)


def _moved(lines: tuple[Line, ...]) -> int:
    return sum(line.amount_minor for line in lines)
