"""The time of a sandbox's deal is moved ahead over REST; nobody else's is, and no live marketplace's."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

import store
from devstack.postgres import APP
from edge.database import Database
from edge.schema import OtherSchema
from store.banks.accounts import add_account, confirm_account, payout_account
from store.deals.test_clocks import require_sandbox
from store.people.users import user_of
from tests.fixtures.databases import Databases
from tests.fixtures.market import RecordedSignals, calling, market_settings, serving_api
from tests.fixtures.market_client import Refused
from tests.fixtures.party_wallets import give
from tests.fixtures.shop import Shop

DAY_S = 86_400


def time_of(deal: dict[str, str]) -> datetime:
    return datetime.fromisoformat(deal["now"])


async def test_a_deals_time_is_moved_and_no_other_deals(shop: Shop, signals: RecordedSignals) -> None:
    deal, other = await shop.deal(pay_within_s=DAY_S), await shop.deal(pay_within_s=DAY_S)
    payment = await shop.payment(deal)
    moved = await shop.api.client.make(f"/deals/{deal['id']}/test-clock", {"seconds": DAY_S})
    ahead = time_of(moved) - time_of(await shop.api.client.deal(other["id"]))
    assert timedelta(hours=23) < ahead <= timedelta(days=1)
    await signals.heard(f"deal/{deal['id']}")
    await signals.heard(f"payment/{payment['id']} awaiting_code")

    with pytest.raises(Refused) as late:
        await shop.api.client.submit(payment["id"], "ABCD-EFGH")
    assert late.value.code == "deadline_passed"
    again = await shop.api.client.make(f"/deals/{deal['id']}/test-clock", {"seconds": DAY_S})
    assert time_of(again) - time_of(moved) >= timedelta(days=1)


async def test_withdrawals_and_webhook_endpoints_have_such_a_time_too_for_their_own_marketplace(
    shop: Shop, signals: RecordedSignals
) -> None:
    client = shop.api.client
    wallet = (await client.make(f"/users/{shop.buyer['id']}/wallets", {"currency": "RUB"}))["wallet_id"]
    async with shop.api.database.transaction() as session:
        await give(session, UUID(wallet), "100.00")
    asked = {"account_id": shop.account["id"], "amount": {"amount": "1.00", "currency": "RUB"}}
    withdrawal = (await client.make(f"/wallets/{wallet}/withdrawals", asked))["withdrawal_id"]
    endpoint = (await client.make("/webhook-endpoints", {"url": "https://shop.example/webhooks"}))["id"]
    other = await shop.api.other_marketplace()
    for path in (f"/withdrawals/{withdrawal}/test-clock", f"/webhook-endpoints/{endpoint}/test-clock"):
        assert (await other.post(path, {"seconds": DAY_S})).status_code == 404
        await client.make(path, {"seconds": DAY_S})
    await other.aclose()
    await signals.heard(f"withdrawal/{withdrawal} awaiting_code")
    await signals.heard(f"webhook-endpoint/{endpoint} enabled")
    late = await client.post(f"/withdrawals/{withdrawal}/codes", {})
    assert (late.status_code, late.json()["code"]) == (409, "withdrawal_ended")


async def test_payouts_go_to_a_newly_chosen_account_once_its_time_is_moved_three_days_and_no_earlier(
    shop: Shop,
) -> None:
    api, seller, before = shop.api, shop.seller["id"], shop.payout
    await shop.deal()  # a seller who has sold something waits for a change
    async with api.database.transaction() as session:
        user = await user_of(session, None, UUID(seller), lock=True)
        chosen = await add_account(session, user, number="001eeeeeeeeee", currency="RUB", payout=True)
        await confirm_account(session, user, chosen)

    async def payouts_go_to() -> str:
        async with api.database.transaction() as session:
            account = await payout_account(session, UUID(seller), "RUB")
        assert account is not None
        return account.number

    path = f"/users/{seller}/accounts/{chosen.id}/test-clock"
    other = await api.other_marketplace()
    assert (await other.post(path, {"seconds": 3 * DAY_S})).status_code == 404
    await other.aclose()
    await api.client.make(path, {"seconds": 3 * DAY_S - 3600})
    assert await payouts_go_to() == before["number"]
    moved = await api.client.make(path, {"seconds": 366 * DAY_S})
    assert await payouts_go_to() == "001eeeeeeeeee"
    again = await api.client.make(path, {"seconds": DAY_S})
    assert again["payout_from"] == moved["payout_from"], "the accounts keep the order in which they were chosen"


async def test_time_is_moved_ten_years_ahead_at_most(shop: Shop) -> None:
    deal = await shop.deal()
    path = f"/deals/{deal['id']}/test-clock"
    for _ in range(10):
        reached = await shop.api.client.make(path, {"seconds": 366 * DAY_S})
    with pytest.raises(Refused) as refused:
        await shop.api.client.make(path, {"seconds": 1})
    assert (refused.value.code, refused.value.body["field"]) == ("test_clock_too_far", "seconds")
    assert time_of(await shop.api.client.deal(deal["id"])) - time_of(reached) < timedelta(hours=1)


async def test_a_live_marketplace_has_no_such_clock_and_can_never_get_one(databases: Databases) -> None:
    async with databases.fresh("market", store.migrate) as live:
        signaller = RecordedSignals()
        async with serving_api(live, market_settings(live), signaller) as served, calling(served) as api:
            signaller.database = served.database
            buyer, seller = [await api.client.user(name, f"{name}@example.test") for name in ("buyer", "seller")]
            deal = await api.client.propose(buyer["id"], seller["id"], "100.00")
            nobodys = uuid4()
            for noun in (
                f"deals/{deal['id']}",
                f"withdrawals/{nobodys}",
                f"webhook-endpoints/{nobodys}",
                f"users/{buyer['id']}/accounts/{nobodys}",
            ):
                with pytest.raises(Refused) as refused:
                    await api.client.make(f"/{noun}/test-clock", {"seconds": 1})
                assert (refused.value.status, refused.value.code) == (404, "test_clock_off"), noun
        with pytest.raises(OtherSchema, match="has deals"):
            store.migrate(live.owner_url, APP, test_clock=True)


async def test_a_sandbox_stays_one_when_it_is_migrated_without_a_word_about_it(databases: Databases) -> None:
    async with databases.fresh("market", store.migrate) as empty:
        store.migrate(empty.owner_url, APP, test_clock=True)
        store.migrate(empty.owner_url, APP)
        database = Database(empty.url, pool_size=1)
        async with database.transaction() as session:
            await require_sandbox(session)
            made = await session.scalar(text("SELECT prosrc FROM pg_proc WHERE proname = 'market_now'"))
        await database.close()
    assert made is not None and "test_clock" in made
