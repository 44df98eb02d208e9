"""Payout accounts: chosen with a separate scope, mailed to the seller, and not trusted at once."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from domain.roles import Scope
from store.banks.accounts import account_of, pay_out_to, payout_account
from store.people.api_keys import issue_key
from store.people.users import user_of
from tests.fixtures.market import Api
from tests.fixtures.shop import Shop


async def _payouts_go_to(api: Api, user_id: str) -> str | None:
    async with api.database.transaction() as session:
        account = await payout_account(session, UUID(user_id), "RUB")
    return None if account is None else account.number


async def _choose(api: Api, user_id: str, account_id: str) -> None:
    async with api.database.transaction() as session:
        user = await user_of(session, None, UUID(user_id), lock=True)
        await pay_out_to(session, user, await account_of(session, user.id, UUID(account_id)))


async def _time_passes(api: Api, user_id: str, interval: str) -> None:
    async with api.database.transaction() as session:
        earlier = f"UPDATE accounts SET payout_from = payout_from - interval '{interval}' WHERE user_id = :id"
        await session.execute(text(earlier), {"id": UUID(user_id)})


async def test_a_key_without_the_scope_says_nothing_about_payouts(shop: Shop) -> None:
    api = shop.api
    async with api.database.transaction() as session:
        scopes = [scope for scope in Scope if scope != Scope.PAYOUTS]
        secret = await issue_key(session, api.settings.pepper_bytes, marketplace_id=api.marketplace_id, scopes=scopes)
    caller = api.caller(secret)
    path, account = f"/users/{shop.seller['id']}/accounts", {"number": "001eeeeeeeeee", "currency": "RUB"}
    payment = await shop.payment(await shop.deal(), "100.00")
    replies = [
        await caller.post(path, account | {"payout": True}),
        await caller.post(f"/payments/{payment['id']}/payout-account", {"account_id": shop.payout["id"]}),
    ]
    await caller.aclose()
    assert [(reply.status_code, reply.json()["code"]) for reply in replies] == [(403, "scope_missing")] * 2
    assert await _payouts_go_to(api, shop.seller["id"]) == shop.payout["number"]


async def test_another_account_gets_payouts_after_three_days_and_the_one_before_until_then(shop: Shop) -> None:
    api, seller = shop.api, shop.seller["id"]
    other = await api.account(seller, "001eeeeeeeeee", payout=True)
    offer = await shop.offer()
    early = await api.client.buy(offer["id"], shop.buyer["id"])
    await _time_passes(api, seller, "71 hours")
    before = await _payouts_go_to(api, seller)
    await _time_passes(api, seller, "2 hours")
    assert (before, await _payouts_go_to(api, seller)) == (shop.payout["number"], other["number"])
    [(account,)] = await api.rows("SELECT payee_account FROM deals WHERE id = :id", id=UUID(early["id"]))
    assert account == shop.payout["number"]
    notices = await api.rows(
        "SELECT data ->> 'number' FROM notices WHERE user_id = :id AND kind = 'account.payout/owner' ORDER BY id",
        id=UUID(seller),
    )
    assert [row[0] for row in notices] == [shop.payout["number"], other["number"]]


async def test_choosing_the_one_that_gets_them_now_takes_the_other_back(shop: Shop) -> None:
    api, seller = shop.api, shop.seller["id"]
    await api.account(seller, "001eeeeeeeeee", payout=True)
    await _choose(api, seller, shop.payout["id"])
    await _time_passes(api, seller, "4 days")
    assert await _payouts_go_to(api, seller) == shop.payout["number"]


async def test_the_first_account_gets_them_at_once_unless_something_was_sold_before(api: Api) -> None:
    fresh = await api.client.user("Sonja", "sonja@example.test")
    first = await api.account(fresh["id"], "001aaaaaaaaaa", payout=True)
    assert await _payouts_go_to(api, fresh["id"]) == first["number"]

    seller, buyer = [await api.client.user(name, f"{name}@example.test") for name in ("Sven", "Boris")]
    offer = await api.client.offer(seller["id"], "10.00")
    await api.operator.moderate(offer["id"])
    await api.client.buy(offer["id"], buyer["id"])
    later = await api.account(seller["id"], "001bbbbbbbbbb", payout=True)
    assert await _payouts_go_to(api, seller["id"]) is None
    await _time_passes(api, seller["id"], "73 hours")
    assert await _payouts_go_to(api, seller["id"]) == later["number"]
