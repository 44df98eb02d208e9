"""`holdfast test-clock`, against the API that it speaks to."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tests.fixtures.commands import holdfast
from tests.fixtures.party_wallets import give
from tests.fixtures.shop import Shop


async def test_an_operator_moves_a_deals_time_from_a_terminal(shop: Shop) -> None:
    deal, other = await shop.deal(), await shop.deal()
    called = {"HOLDFAST_OPERATOR_KEY": shop.api.operator_key, "HOLDFAST_API_URL": shop.api.address}
    moved = await holdfast("test-clock", "advance", deal["id"], "86400", **called)
    real = datetime.fromisoformat((await shop.api.client.deal(other["id"]))["now"])
    assert moved.status == 0
    assert datetime.fromisoformat(moved.out) > real + timedelta(hours=23)


async def test_an_operator_moves_the_time_of_a_withdrawal_and_of_a_webhook_endpoint(shop: Shop) -> None:
    client = shop.api.client
    wallet = (await client.make(f"/users/{shop.buyer['id']}/wallets", {"currency": "RUB"}))["wallet_id"]
    async with shop.api.database.transaction() as session:
        await give(session, UUID(wallet), "100.00")
    asked = {"account_id": shop.account["id"], "amount": {"amount": "1.00", "currency": "RUB"}}
    withdrawal = (await client.make(f"/wallets/{wallet}/withdrawals", asked))["withdrawal_id"]
    endpoint = (await client.make("/webhook-endpoints", {"url": "https://shop.example/webhooks"}))["id"]
    called = {"HOLDFAST_OPERATOR_KEY": shop.api.operator_key, "HOLDFAST_API_URL": shop.api.address}
    for noun, id_, state in (("withdrawal", withdrawal, "awaiting_code"), ("webhook-endpoint", endpoint, "enabled")):
        moved = await holdfast("test-clock", "advance", id_, "86400", "--of", noun, **called)
        assert (moved.status, moved.out.strip()) == (0, state)
        ahead = await shop.api.rows("SELECT ahead FROM test_clock WHERE row_id = :id", id=id_)
        assert ahead == [(timedelta(days=1),)], noun


async def test_an_operator_moves_the_time_of_an_account_named_with_its_user(shop: Shop) -> None:
    called = {"HOLDFAST_OPERATOR_KEY": shop.api.operator_key, "HOLDFAST_API_URL": shop.api.address}
    order = ("test-clock", "advance", shop.payout["id"], "86400", "--of", "account")
    moved = await holdfast(*order, "--user", shop.seller["id"], **called)
    assert (moved.status, moved.out.strip()) == (0, shop.payout["payout_from"])
    nobodys = await holdfast(*order, **called)
    assert nobodys.status == 2 and "--user" in nobodys.err
