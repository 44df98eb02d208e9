"""Deals paid from wallets over REST: which wallet, at what price, and what is refused by name."""

from __future__ import annotations

from tests.fixtures.shop import Shop
from tests.fixtures.wallets import Wallets, deposit


async def _wallet(shop: Shop, currency: str = "RUB") -> str:
    made = await shop.api.client.make(f"/users/{shop.buyer['id']}/wallets", {"currency": currency})
    return str(made["wallet_id"])


async def test_a_payment_from_a_wallet_names_it_and_costs_no_fee(shop: Shop, wallets: Wallets) -> None:
    client, deal, wallet = shop.api.client, await shop.deal("10.00"), await _wallet(shop)
    await wallets.payment_system.make("/deposits", deposit(wallet, "100.00"))
    quote = await client.read(f"/deals/{deal['id']}/quote", wallet_id=wallet)
    assert (quote["fee"]["amount"], quote["total"]["amount"]) == ("0.00", "10.00")

    payment = await client.make(f"/deals/{deal['id']}/payments", {"wallet_id": wallet})
    assert (payment["wallet_id"], payment["account_id"]) == (wallet, None)
    assert (payment["fee"]["amount"], payment["total"]["amount"]) == ("0.00", "10.00")
    money = await client.read(f"/deals/{deal['id']}/money")
    assert money["payments"][0]["status_text"]["from_whom"] == "the platform"


async def test_a_source_that_is_none_is_refused_by_name(shop: Shop, wallets: Wallets) -> None:
    client, deal = shop.api.client, await shop.deal("10.00")
    mine, foreign, dollars = await _wallet(shop), await wallets.wallet("100.00"), await _wallet(shop, "USD")
    account = "00000000-0000-0000-0000-000000000000"
    for body, expected in (
        ({}, (422, "missing_field", "account_id")),
        ({"account_id": account, "wallet_id": mine}, (422, "invalid_field", "wallet_id")),
        ({"wallet_id": foreign}, (404, "unknown_wallet", "wallet_id")),
        ({"wallet_id": dollars}, (409, "wrong_currency", "wallet_id")),
    ):
        reply = await client.post(f"/deals/{deal['id']}/payments", body)
        said = reply.json()
        assert (reply.status_code, said["code"], said["field"]) == expected
