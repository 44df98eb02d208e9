"""Opening, sharding and closing accounts; balances by id and by code."""

from __future__ import annotations

import asyncio

import pytest

import ledger
from domain.errors import Malformed
from ledger import Balance, Named, Post, shard, shard_for
from tests.ledger.books import Books


async def _open(books: Books, code: str, currency: str = "RUB", floor_minor: int | None = None) -> int:
    async with books.app.transaction() as session:
        return await ledger.open_account(await session.connection(), code, currency, floor_minor=floor_minor)


async def _open_many(books: Books, codes: list[str], currency: str = "RUB") -> list[int]:
    async with books.app.transaction() as session:
        return await ledger.open_accounts(await session.connection(), codes, currency, floor_minor=0)


async def _shards(books: Books, code: str, count: int, currency: str = "RUB") -> list[int]:
    async with books.app.transaction() as session:
        return await ledger.open_shards(await session.connection(), code, currency, count)


async def _named(books: Books, *accounts: Named, currency: str = "RUB") -> list[int]:
    async with books.app.transaction() as session:
        return await ledger.open_named(await session.connection(), accounts, currency)


async def _balance_of(books: Books, code: str) -> Balance:
    async with books.app.transaction() as session:
        return await ledger.balance_of(await session.connection(), code)


async def test_a_code_names_one_account_for_ever_also_among_racing_callers(books: Books) -> None:
    ids = await asyncio.gather(*(_open(books, "seller/1", floor_minor=0) for _ in range(8)))
    assert len(set(ids)) == 1
    assert await books.rows("SELECT code, currency, floor_minor, version FROM ledger.accounts") == [
        ("seller/1", "RUB", 0, 0)
    ]


async def test_the_same_code_with_another_currency_or_floor_is_a_bug_of_the_caller(books: Books) -> None:
    await _open(books, "seller/1", floor_minor=0)
    for currency, floor in (("USD", 0), ("RUB", None), ("RUB", -1)):
        with pytest.raises(ValueError):
            await _open(books, "seller/1", currency, floor)


async def test_a_code_that_cannot_name_an_account_is_refused(books: Books) -> None:
    for code in ("", "a#1", "#", "c" * 201, "a\0"):
        with pytest.raises(ValueError):
            await _open(books, code)
    assert await books.rows("SELECT count(*) FROM ledger.accounts") == [(0,)]


async def test_unknown_currencies_and_floors_above_zero_are_refused(books: Books) -> None:
    with pytest.raises(Malformed):
        await _open(books, "a", "XYZ")
    with pytest.raises(ValueError):
        await _open(books, "a", floor_minor=1)


async def test_many_accounts_are_opened_in_the_order_of_their_codes_whether_they_are_new_or_not(books: Books) -> None:
    known = await _open(books, "b", floor_minor=0)
    codes = ["c", "a", "b", "a"]
    ids = await asyncio.gather(*(_open_many(books, codes) for _ in range(4)))
    assert ids[0][2] == known and ids[0][1] == ids[0][3]
    assert all(one == ids[0] for one in ids)
    found = dict(await books.rows("SELECT code, id FROM ledger.accounts"))
    assert [found[code] for code in codes] == ids[0]
    assert len(found) == 3


async def test_many_accounts_are_refused_like_one(books: Books) -> None:
    await _open(books, "b", floor_minor=None)
    for codes in (["a", "b"], ["a", ""], ["a", "a#1"], [f"a{number}" for number in range(ledger.MAX_OPENED + 1)]):
        with pytest.raises(ValueError):
            await _open_many(books, codes)
    with pytest.raises(Malformed):
        await _open_many(books, ["a"], "XYZ")
    assert await books.rows("SELECT code FROM ledger.accounts") == [("b",)]


async def test_the_balance_of_a_code_is_the_sum_of_its_shards_and_of_nothing_else(books: Books) -> None:
    shards = await _shards(books, "fees", 4)
    outside = await _open(books, "outside")
    neighbours = [await _open(books, code) for code in ("fee", "fees$", "fees0", "fees/1")]
    neighbours += await _shards(books, "fees/1", 2)
    await books.post(*[Post(f"s{n}", outside, shard, 10**n, "RUB") for n, shard in enumerate(shards)])
    await books.post(*[Post(f"n{n}", outside, other, 5, "RUB") for n, other in enumerate(neighbours)])
    assert await _balance_of(books, "fees") == Balance(1_111, 0, 0)
    assert await _balance_of(books, "fees#2") == Balance(100, 0, 0)
    assert await _balance_of(books, "fee") == Balance(5, 0, 0)


async def test_shards_are_opened_once_and_may_be_added(books: Books) -> None:
    few = await _shards(books, "fees", 2)
    raced = await asyncio.gather(*(_shards(books, "fees", 6) for _ in range(8)))
    assert all(many == raced[0] for many in raced)
    assert raced[0][:2] == few and len(set(raced[0])) == 6
    assert await _shards(books, "fees", 2) == few
    for count in (0, 257):
        with pytest.raises(ValueError):
            await _shards(books, "fees", count)
    with pytest.raises(ValueError):
        await _shards(books, "fees", 2, "USD")


def test_a_key_always_falls_on_the_same_shard_and_keys_spread_evenly() -> None:
    shards = [11, 22, 33, 44]
    chosen = [shard_for(shards, f"payment/{number}") for number in range(4_000)]
    assert chosen == [shard_for(shards, f"payment/{number}") for number in range(4_000)]
    assert all(850 < chosen.count(shard) < 1_150 for shard in shards)
    # Fixed by example: another hash would send a payment's later steps elsewhere after a deploy.
    assert chosen[:6] == [44, 22, 33, 11, 33, 33]


async def test_unknown_accounts_are_a_lookup_error(books: Books) -> None:
    with pytest.raises(LookupError):
        await books.balance(10**9)
    with pytest.raises(LookupError):
        await _balance_of(books, "nobody")
    with pytest.raises(LookupError):
        await books.close(10**9)


async def test_closing_again_keeps_the_first_time(books: Books) -> None:
    account = await books.open()
    await books.close(account)
    first = await books.rows("SELECT closed_at FROM ledger.accounts")
    await books.close(account)
    assert await books.rows("SELECT closed_at FROM ledger.accounts") == first


async def test_named_accounts_of_several_kinds_are_found_or_opened_together(books: Books) -> None:
    known = await _open(books, "deal/1", floor_minor=0)
    deal, fees = Named("deal/1", 0), shard("fees/RUB", 8, "payment/1")
    first = await _named(books, fees, deal, Named("seller/1", 0))
    assert first[1] == known
    assert await _named(books, fees, deal, Named("seller/1", 0), deal) == [*first, known]
    shards = await _shards(books, "fees/RUB", 8)
    assert first[0] == shard_for(shards, "payment/1")


async def test_many_who_name_one_new_account_at_once_get_the_same(books: Books) -> None:
    found = await asyncio.gather(*(_named(books, Named("deal/2", 0), Named(f"own/{n}")) for n in range(12)))
    assert len({deal for deal, _ in found}) == 1
    assert len({own for _, own in found}) == 12


@pytest.mark.parametrize(("account", "currency"), [(Named("deal/3"), "RUB"), (Named("deal/3", 0), "USD")])
async def test_a_named_account_with_another_floor_or_currency_is_refused(
    books: Books, account: Named, currency: str
) -> None:
    await _open(books, "deal/3", floor_minor=0)
    with pytest.raises(ValueError, match="another currency or floor"):
        await _named(books, account, currency=currency)
