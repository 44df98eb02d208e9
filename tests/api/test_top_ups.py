"""Top-ups over HTTP, and what arrives for them: each transfer once, by its value time, in every order of reading."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from domain.incoming_transfers import Cursor
from domain.keys import incoming_key
from market.incoming_transfers import note_seen
from store.chain.booking import OtherContent
from store.chain.cursors import OutOfOrder
from tests.fixtures.chain import Chain, arrival
from tests.fixtures.market import Api
from tests.fixtures.market_client import Json
from tests.fixtures.statements import statements_of
from tests.fixtures.wallets import Wallets

SOON = timedelta(minutes=30)


@pytest_asyncio.fixture(loop_scope="session")
async def chain(api: Api) -> Chain:
    """The pool has addresses, and the chain has been read up to now."""
    made = Chain(api.database)
    await made.fill_pool()
    await made.block()
    return made


def ordering(wallet: str, amount: str = "100", **changes: object) -> Json:
    money = {"amount": amount, "currency": "USDT"}
    return {"wallet_id": wallet, "gateway": "usdt_tron", "amount": money, **changes}


async def ordered(wallets: Wallets, amount: str = "100", **changes: object) -> tuple[str, Json]:
    """A wallet, and a top-up of it."""
    wallet = await wallets.wallet(currency="USDT")
    return wallet, await wallets.api.client.make("/top-ups", ordering(wallet, amount, **changes))


async def now(wallets: Wallets, top_up: Json) -> Json:
    return await wallets.api.client.read(f"/top-ups/{top_up['top_up_id']}")


def summed(top_up: Json) -> tuple[Any, ...]:
    """State, and what was received in time, late and seen, without needless zeros."""
    amounts = [str(float(top_up[name]["amount"])) for name in ("received", "late", "seen")]
    return (top_up["state"], *amounts)


def address_of(top_up: Json) -> str:
    address: str = top_up["gateway_data"]["address"]
    return address


def pay_by(top_up: Json) -> datetime:
    return datetime.fromisoformat(top_up["pay_by"])


@pytest.mark.source("escrow deals:15-19")
async def test_gateways_are_listed_and_a_top_up_says_how_to_pay_it(wallets: Wallets, chain: Chain) -> None:
    [tron] = [one for one in (await wallets.api.client.read("/gateways"))["items"] if one["gateway"] == "usdt_tron"]
    [limits] = tron["limits"]
    assert (limits["minimum"]["amount"], limits["fee"]["amount"], tron["pay_within_s"]) == (
        "1.000000",
        "0.000000",
        86400,
    )
    wallet, top_up = await ordered(wallets, "12.5")
    data = top_up["gateway_data"]
    assert (summed(top_up), data["amount"]["amount"]) == (("waiting", "0.0", "0.0", "0.0"), "12.500000")
    assert data["uri"].startswith(f"tron:{data['address']}?amount=12.500000&token=T")
    assert data["qr_svg"].startswith("<svg ") and "style" not in data["qr_svg"]
    assert await now(wallets, top_up) == top_up
    others = [await wallets.api.client.make("/top-ups", ordering(wallet)) for _ in range(3)]
    assert len({address_of(one) for one in (top_up, *others)}) == 4
    listed = await wallets.api.client.read(f"/wallets/{wallet}/top-ups")
    assert [one["top_up_id"] for one in listed["items"]] == [one["top_up_id"] for one in (top_up, *others)]


async def test_what_cannot_be_ordered_is_refused_by_name(wallets: Wallets, chain: Chain) -> None:
    wallet, roubles = await wallets.wallet(currency="USDT"), await wallets.wallet()
    _, strangers = await wallets.person()
    cases = [
        (ordering(wallet, "0.5"), 409, "below_minimum"),
        (ordering(wallet, "1000001"), 409, "above_maximum"),
        (ordering(roubles), 409, "wrong_currency"),
        (ordering(wallet, gateway="cash"), 422, "unknown_gateway"),
        (ordering(wallet, pay_by="2020-01-01T00:00:00Z"), 422, "bad_pay_by"),
        (ordering("00000000-0000-7000-8000-000000000000"), 404, "unknown_wallet"),
        (ordering(wallet, deal_id="00000000-0000-7000-8000-000000000000"), 404, "unknown_deal"),
    ]
    for body, status, code in cases:
        refused = await wallets.api.client.post("/top-ups", body)
        assert (refused.status_code, refused.json()["code"]) == (status, code), body
    refused = await strangers.post("/top-ups", ordering(wallet))
    assert refused.json()["code"] == "unknown_wallet"
    for _ in range(20):
        await wallets.api.client.make("/top-ups", ordering(wallet))
    assert (await wallets.api.client.post("/top-ups", ordering(wallet))).json()["code"] == "too_many_top_ups"
    assert await chain.count_of(wallet) == 20


async def test_without_a_free_address_nothing_is_ordered(wallets: Wallets, chain: Chain) -> None:
    wallet = await wallets.wallet(currency="USDT")
    async with chain.empty_pool():
        refused = await wallets.api.client.post("/top-ups", ordering(wallet))
        assert (refused.status_code, refused.json()["code"]) == (503, "gateway_unavailable")
    assert await chain.count_of(wallet) == 0


async def test_a_transfer_is_credited_once_however_often_its_blocks_are_read(wallets: Wallets, chain: Chain) -> None:
    wallet, top_up = await ordered(wallets)
    paid = arrival(address_of(top_up), "100", await chain.now())
    first = await chain.block(paid)
    assert (first.new, first.credited) == (1, 1)
    [signal] = chain.outcomes[-1].signals
    assert str(signal.about.id) == top_up["top_up_id"]
    repeats = [chain.record([paid, paid]) for _ in range(100)]
    assert {(one.new, one.credited) for one in await asyncio.gather(*repeats)} == {(0, 0)}
    read = await now(wallets, top_up)
    assert (summed(read), await wallets.balance(wallet)) == (("credited", "100.0", "0.0", "0.0"), "100.000000")
    assert [one["external_id"] for one in read["transfers"]] == [paid.external_id]
    [line] = (await wallets.read(wallet))["operations"]
    assert (line["kind"], line["amount"]["amount"]) == ("top_up", "100.000000")
    assert await chain.balance_at(address_of(top_up)) == 100_000_000
    [key] = await wallets.api.rows("SELECT key FROM ledger.transfers WHERE id = :id", id=int(line["operation_id"]))
    assert key[0] == incoming_key("usdt_tron", paid.external_id)


@pytest.mark.parametrize(
    ("paid", "state"),
    [
        ([("100", 0)], ("credited", "100.0", "0.0", "0.0")),
        ([("60", 0), ("40", 1)], ("credited", "100.0", "0.0", "0.0")),
        ([("100", 0), ("100", 1)], ("overpaid", "200.0", "0.0", "0.0")),
        ([("0.000001", 0)], ("underpaid", "1e-06", "0.0", "0.0")),
        ([("60", 0), ("40", 40)], ("late", "60.0", "40.0", "0.0")),
        ([("100", 31)], ("late", "0.0", "100.0", "0.0")),
        ([("100", 30)], ("credited", "100.0", "0.0", "0.0")),
        ([], ("expired", "0.0", "0.0", "0.0")),
    ],
    ids=["exact", "two parts", "twice", "dust", "a part late", "late", "at the last instant", "nothing"],
)
async def test_the_end_of_a_top_up_by_what_was_paid_and_when(
    wallets: Wallets, chain: Chain, paid: list[tuple[str, int]], state: tuple[str, ...]
) -> None:
    """Read after two hours in which the node was away: only the time of the block counts."""
    begun = await chain.now()
    wallet, top_up = await ordered(wallets, pay_by=(begun + SOON).isoformat())
    arrivals = [arrival(address_of(top_up), amount, begun + timedelta(minutes=after)) for amount, after in paid]
    await chain.pass_time(top_up["top_up_id"], timedelta(hours=2))
    await chain.resume(top_up["top_up_id"])
    assert summed(await now(wallets, top_up)) == ("waiting", "0.0", "0.0", "0.0")  # nothing was read, so nothing ended
    for one in reversed(arrivals):
        await chain.record([one])
    await chain.block(at=begun + timedelta(hours=2))
    await chain.resume(top_up["top_up_id"])
    assert summed(await now(wallets, top_up)) == state
    assert float(await wallets.balance(wallet)) == sum(float(amount) for amount, _ in paid)


async def test_money_that_belongs_to_no_top_up_goes_to_suspense(wallets: Wallets, chain: Chain) -> None:
    before = await chain.suspense()
    free = await chain.free_address()
    found = await chain.block(arrival(free, "7", await chain.now()), arrival(None, "5", await chain.now()))
    assert (found.credited, found.unmatched) == (0, 2)
    assert await chain.suspense() - before == 12_000_000
    assert await chain.balance_at(free) == 7_000_000
    with pytest.raises(ValueError, match="not our addresses"):
        await chain.record([arrival("Tforeign", "5", await chain.now())])


async def test_no_block_is_skipped_and_none_is_booked_twice_by_two_readers(wallets: Wallets, chain: Chain) -> None:
    wallet, top_up = await ordered(wallets)
    at = await chain.now()
    paid = arrival(address_of(top_up), "100", at)
    before = await chain.head()
    cursor = Cursor("tron", before + 1, "a" * 64, at, before)
    readers = [chain.attempt([paid], cursor) for _ in range(8)]
    assert Counter(await asyncio.gather(*readers)) == {"1 new": 1, "0 new": 7}
    for block, previous in ((before + 3, before + 2), (before + 2, before), (before + 1, before)):
        with pytest.raises(OutOfOrder):
            await chain.record([], Cursor("tron", block, "b" * 64, at, previous))
    assert (await chain.head(), await wallets.balance(wallet)) == (before + 1, "100.000000")


async def test_a_source_that_contradicts_itself_stops_and_books_nothing(wallets: Wallets, chain: Chain) -> None:
    wallet, top_up = await ordered(wallets)
    at = await chain.now()
    await chain.block(arrival(address_of(top_up), "60", at, external_id=f"{wallet}:1"))
    with pytest.raises(OtherContent):
        await chain.block(arrival(address_of(top_up), "61", at, external_id=f"{wallet}:1"))
    assert await wallets.balance(wallet) == "60.000000"


async def test_what_is_held_back_is_credited_once_the_second_source_confirms_it(wallets: Wallets, chain: Chain) -> None:
    begun = await chain.now()
    wallet, top_up = await ordered(wallets, pay_by=(begun + SOON).isoformat())
    doubtful = arrival(address_of(top_up), "100", begun, external_id=f"{wallet}:1", held_back=True)
    found = await chain.block(doubtful)
    assert (found.held_back, found.credited) == (1, 0)
    await chain.pass_time(top_up["top_up_id"], timedelta(hours=2))
    await chain.block(ahead=timedelta(hours=2))
    await chain.resume(top_up["top_up_id"])
    assert (summed(await now(wallets, top_up))[0], await wallets.balance(wallet)) == ("confirmed", "0.000000")
    sure = arrival(address_of(top_up), "100", begun, external_id=f"{wallet}:1")
    counted = Counter([(await chain.record([sure])).credited for _ in range(3)])
    assert counted == {1: 1, 0: 2}
    assert (summed(await now(wallets, top_up))[0], await wallets.balance(wallet)) == ("credited", "100.000000")


async def test_what_is_seen_in_blocks_that_may_vanish_is_shown_and_not_credited(wallets: Wallets, chain: Chain) -> None:
    _, top_up = await ordered(wallets)

    async def seen(**amounts: int) -> tuple[Any, ...]:
        await chain.database.run(lambda session: note_seen(session, amounts))
        return summed(await now(wallets, top_up))

    address = address_of(top_up)
    assert await seen(**{address: 60_000_000}) == ("seen", "0.0", "0.0", "60.0")
    assert await seen() == ("waiting", "0.0", "0.0", "0.0")
    assert await seen(**{address: 100_000_000}) == ("seen", "0.0", "0.0", "100.0")
    await chain.block(arrival(address, "100", await chain.now()))
    assert summed(await now(wallets, top_up)) == ("credited", "100.0", "0.0", "0.0")


async def test_an_operator_ends_a_top_up_and_what_still_comes_is_credited(wallets: Wallets, chain: Chain) -> None:
    wallet, top_up = await ordered(wallets)
    path, why = f"/top-ups/{top_up['top_up_id']}/failure", {"reason": "The address was shown to a wrong person."}
    assert (await wallets.api.client.post(path, why)).status_code == 403
    assert (await wallets.api.operator.make(path, why))["state"] == "failed"
    assert (await wallets.api.operator.post(path, why)).json()["code"] == "top_up_ended"
    await chain.block(arrival(address_of(top_up), "100", await chain.now()))
    assert summed(await now(wallets, top_up)) == ("failed", "100.0", "0.0", "0.0")
    assert await wallets.balance(wallet) == "100.000000"


async def test_many_arrivals_take_no_more_statements_than_one(wallets: Wallets, chain: Chain) -> None:
    ordered_ones = [(await ordered(wallets))[1] for _ in range(10)]
    at = await chain.now()
    await chain.block(arrival(address_of(ordered_ones[0]), "100", at), at=at)  # opens the accounts
    counts = []
    for some in (ordered_ones[1:2], ordered_ones[2:]):
        arrivals = [arrival(address_of(one), "100", at) for one in some]
        with statements_of(chain.database) as statements:
            await chain.block(*arrivals, at=at)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 30
