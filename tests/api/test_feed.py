"""The feed: what happens in a marketplace is read once, in order, however transactions commit, and by nobody else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bench.feed import race
from domain.corrections import CorrectionState
from domain.feed import OF_STATES, TYPES
from domain.incoming_transfers import IncomingState
from domain.roles import Scope
from market.accounts import pay_out_to
from market.actor import Actor
from market.feed import number_all
from store.base import machines
from store.people.api_keys import issue_key
from store.wallets.wallets import wallet_for
from tests.fixtures.corrections import every_correction
from tests.fixtures.market import Api
from tests.fixtures.market_client import Json
from tests.fixtures.party_wallets import give
from tests.fixtures.shop import Shop
from tests.fixtures.suspense import every_resolution
from tests.fixtures.wallets import Wallets, transfer

GUIDE: Final = Path(__file__).parents[2] / "docs" / "events.md"
OF_OPERATORS: Final = {"corrections": CorrectionState.APPROVED, "incoming_transfers": IncomingState.ASSIGNED}
WRITE: Final = text("SELECT add_to_feed(:marketplace, 'offer.submitted', 'offer', uuidv7(), NULL, :state)")


async def feed(api: Api, **query: Any) -> list[Json]:
    """All events that match, page by page."""
    await number_all(api.database)
    found: list[Json] = []
    after: int | None = 0
    while after is not None:
        page = await api.client.read("/events", after=after, limit=3, **query)
        found += page["items"]
        after = page["next"]
    return found


def types(events: list[Json], about: str) -> list[str]:
    return [event["type"] for event in events if event["data"]["id"] == about]


async def test_a_deal_that_is_paid_is_told_in_order_with_who_asked_and_in_which_state(shop: Shop) -> None:
    deal = await shop.completed()
    events = await feed(shop.api)
    assert [event["number"] for event in events] == list(range(1, len(events) + 1))
    assert types(events, deal["id"]) == ["deal.awaiting_payment", "deal.funded", "deal.completed"]
    assert types(events, deal["payments"][0]) == [
        f"payment.{state}" for state in ("opening", "awaiting_code", "processing", "held", "releasing", "completed")
    ]
    [funded] = [event for event in events if event["type"] == "deal.funded"]
    [began] = [event for event in events if event["type"] == "deal.awaiting_payment"]
    assert funded["data"] == {"noun": "deal", "id": deal["id"], "state": "funded", "deal_id": deal["id"]}
    assert funded["actor"] == {"type": "system", "id": None}
    assert began["actor"] == {"type": "marketplace", "id": str(shop.api.marketplace_id)}
    [approved] = [event for event in events if event["type"] == "offer.approved"]
    assert approved["actor"] == {"type": "operator", "id": None}


async def test_the_object_is_shown_as_its_own_address_shows_it_when_asked_for(shop: Shop) -> None:
    deal = await shop.completed()
    events = {event["type"]: event for event in await feed(shop.api)}
    assert {event["object"] for event in events.values()} == {None}
    shown = {event["type"]: event for event in await feed(shop.api, with_objects="true")}
    read = await shop.api.client.read(f"/events/{events['deal.funded']['id']}")
    for event, address in ((shown["payment.held"], "payments"), (shown["offer.approved"], "offers"), (read, "deals")):
        now = await shop.api.client.read(f"/{address}/{event['data']['id']}")
        ignored = {"now": None}  # the clock has gone on
        assert event["object"] | ignored == now | ignored
        assert "commission_percent" not in event["object"]
    assert read["object"]["state"] == deal["state"] == "completed"
    assert read["data"]["state"] == "funded"


async def test_holds_and_approved_corrections_of_wallets_are_events(shop: Shop) -> None:
    api = shop.api
    async with api.database.transaction() as session:
        payer = (await wallet_for(session, UUID(shop.buyer["id"]), "RUB")).id
        payee = (await wallet_for(session, UUID(shop.seller["id"]), "RUB")).id
        await give(session, payer, "100.00")
    await every_correction(api.database, payer)
    seven = {"amount": "7.00", "currency": "RUB"}
    asked = {"from_wallet_id": str(payer), "to_wallet_id": str(payee), "amount": seven, "expires_in_s": 600}
    holds = [await api.client.make("/holds", asked) for _ in range(2)]
    captured, voided = (hold["hold_id"] for hold in holds)
    await api.client.make(f"/holds/{captured}/capture", {"amount": seven | {"amount": "4.00"}})
    await api.client.make(f"/holds/{voided}/void", {})
    events = await feed(api, with_objects="true")
    assert types(events, captured) == ["hold.placed", "hold.captured"]
    assert types(events, voided) == ["hold.placed", "hold.voided"]
    shown = {event["type"]: event["object"] for event in events}
    assert shown["hold.captured"] == await api.client.read(f"/holds/{captured}")
    corrected = [event for event in events if event["data"]["noun"] == "correction"]
    assert [(event["type"], event["object"]["direction"], event["actor"]["id"]) for event in corrected] == [
        ("correction.approved", "in", None),
        ("correction.approved", "out", None),
    ]
    assert {"requested_by", "decided_by"}.isdisjoint(corrected[0]["object"])
    other = await api.other_marketplace()
    await number_all(api.database)
    assert (await other.read("/events"))["items"] == []
    await other.aclose()


async def test_each_deposit_and_transfer_is_one_event_with_who_asked_and_what_was_answered(wallets: Wallets) -> None:
    api = wallets.api
    payer, person = await wallets.person("100.00")
    payee = await wallets.wallet()
    answers = [await person.post("/transfers", transfer(payer, payee, "30.00"), key="once") for _ in range(2)]
    refused = await wallets.transfer(payer, payee, "80.00")
    assert (answers[1].json(), refused.json()["code"]) == (answers[0].json(), "insufficient_funds")
    made = answers[0].json()
    deposited, moved = await feed(api, types="deposit.completed,transfer.completed", with_objects="true")
    assert (deposited["type"], deposited["actor"]["type"], deposited["object"]["wallet_id"]) == (
        "deposit.completed",
        "system",
        payer,
    )
    assert (moved["type"], moved["actor"]["type"], moved["object"]) == ("transfer.completed", "user", made)
    about = {"noun": "transfer", "id": made["operation_id"], "state": "completed", "deal_id": None}
    assert moved["data"] == about
    other = await api.other_marketplace()
    assert (await other.get(f"/events/{moved['id']}")).json()["code"] == "unknown_event"
    await other.aclose()


async def test_money_of_unknown_owner_is_an_event_once_it_is_in_a_wallet(wallets: Wallets) -> None:
    wallet = await wallets.wallet()
    await every_resolution(wallets.api.database, UUID(wallet))
    [event] = [
        one for one in await feed(wallets.api, with_objects="true") if one["data"]["noun"] == "incoming_transfer"
    ]
    assert (event["type"], event["actor"]["id"]) == ("incoming_transfer.assigned", None)
    assert (event["object"]["wallet_id"], event["object"]["amount"]["amount"]) == (wallet, "70.00")
    assert "sender" not in event["object"]


async def test_a_bank_account_is_told_when_it_is_added_confirmed_and_chosen_for_payouts(shop: Shop) -> None:
    api, user = shop.api, shop.seller["id"]
    named = {"number": "001eeeeeeeeee", "currency": "RUB", "payout": True}
    added = await api.client.make(f"/users/{user}/accounts", named)
    assert types(await feed(api), added["id"]) == ["account.added"]
    await api.confirmed(added)
    for _ in range(2):  # the first takes the choice back before its time has come, the second changes nothing
        async with api.database.transaction() as session:
            await pay_out_to(session, Actor(api.marketplace_id), UUID(user), UUID(shop.payout["id"]))
    events = await feed(api, with_objects="true")
    steps = ["account.added", "account.confirmed", "account.chosen_for_payouts"]
    assert types(events, added["id"]) == steps
    assert types(events, shop.payout["id"]) == [*steps, "account.chosen_for_payouts"]
    [first, *_, last] = [event for event in events if event["data"]["id"] == added["id"]]
    assert (first["actor"]["type"], first["data"]["state"], last["data"]["state"]) == (
        "marketplace",
        "unconfirmed",
        "confirmed",
    )
    listed = (await api.client.read(f"/users/{user}/accounts"))["items"]
    assert first["object"] == next(one for one in listed if one["id"] == added["id"])
    other = await api.other_marketplace()
    assert (await other.get(f"/events/{first['id']}")).json()["code"] == "unknown_event"
    await other.aclose()


async def test_what_commits_late_is_read_after_what_overtook_it(api: Api) -> None:
    async with AsyncSession(api.database.engine) as slow:
        await slow.execute(WRITE, {"marketplace": api.marketplace_id, "state": "began first"})
        async with api.database.transaction() as quick:
            await quick.execute(WRITE, {"marketplace": api.marketplace_id, "state": "committed first"})
        seen = await feed(api)
        assert [event["data"]["state"] for event in seen] == ["committed first"]
        await slow.commit()
    await number_all(api.database)
    rest = await api.client.read("/events", after=seen[-1]["number"])
    assert [event["data"]["state"] for event in rest["items"]] == ["began first"]
    [(wrote_in_order,)] = await api.rows(
        "SELECT array_agg(wrote ORDER BY number) = array_agg(wrote ORDER BY wrote) FROM feed_events"
        " WHERE marketplace_id = :id",
        id=api.marketplace_id,
    )
    assert not wrote_in_order


async def test_writers_that_commit_out_of_order_lose_no_event_and_double_none(api: Api) -> None:
    found = await race(api.database, api.marketplace_id, events=400, seed=1)
    assert (found.missed, found.twice, found.invented, found.without_gap) == (0, 0, 0, True)
    assert found.overtaken > 0


async def test_an_event_that_is_rolled_back_never_happened_and_uses_no_number(api: Api) -> None:
    async with AsyncSession(api.database.engine) as session:
        await session.execute(WRITE, {"marketplace": api.marketplace_id, "state": "lost"})
        await session.rollback()
    async with api.database.transaction() as session:
        await session.execute(WRITE, {"marketplace": api.marketplace_id, "state": "kept"})
    [event] = await feed(api)
    assert (event["number"], event["data"]["state"]) == (1, "kept")


async def test_only_the_types_asked_for_are_listed(shop: Shop) -> None:
    await shop.completed()
    wanted = ["payment.completed", "deal.completed"]
    found = await feed(shop.api, types=",".join(wanted))
    assert sorted(event["type"] for event in found) == sorted(wanted)
    refused = await shop.api.client.get("/events", types="deal.funded,deal.eaten")
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
        422,
        "unknown_event_type",
        "types",
    )


async def test_another_marketplace_and_a_key_without_the_scope_read_nothing(shop: Shop) -> None:
    await shop.deal()
    api = shop.api
    event = (await feed(api))[0]
    other = await api.other_marketplace()
    assert (await other.read("/events"))["items"] == []
    assert (await other.get(f"/events/{event['id']}")).json()["code"] == "unknown_event"
    await other.aclose()
    async with api.database.transaction() as session:
        scopes = [scope for scope in Scope if scope is not Scope.EVENTS]
        secret = await issue_key(session, api.settings.pepper_bytes, marketplace_id=api.marketplace_id, scopes=scopes)
    bounded = api.caller(secret)
    assert (await bounded.get("/events")).json()["code"] == "scope_missing"
    await bounded.aclose()


def test_every_state_of_what_a_marketplace_sees_has_an_event() -> None:
    for table, machine in machines().items():
        of_table = {state for noun, state in OF_STATES if noun == table}
        if table in OF_OPERATORS:
            assert of_table == {OF_OPERATORS[table]}
        elif of_table:
            assert of_table == {after for _, after in machine.moves}
    assert len(TYPES) == len(set(OF_STATES.values())) + len(TYPES - set(OF_STATES.values()))


def test_the_guide_lists_every_type_once() -> None:
    listed = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", GUIDE.read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(TYPES)


async def test_the_example_of_the_guide_is_an_event(shop: Shop) -> None:
    deal = await shop.completed()
    [funded] = [event for event in await feed(shop.api) if event["type"] == "deal.funded"]
    shown = re.search(r"```json\n(.+?)\n```", GUIDE.read_text(), re.DOTALL)
    assert shown is not None
    example = json.loads(shown[1])
    changing = ("id", "timestamp", "number")
    example["data"] |= {"id": deal["id"], "deal_id": deal["id"]}
    assert example | {name: funded[name] for name in changing} == funded
