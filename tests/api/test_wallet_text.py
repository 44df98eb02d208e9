"""The wallet's text, walked through as it is written, with our names of the fields (docs/sources.md)."""

from __future__ import annotations

import pytest

from store.operations.platform_settings import allow_sign_up
from tests.fixtures.market import Api
from tests.fixtures.market_client import Json, MarketClient
from tests.fixtures.people import PASSWORD
from tests.fixtures.post import Post
from tests.fixtures.wallets import Wallets, deposit, transfer

DETAILS = "Перевод из Тинькофф"


async def _signed_up(api: Api, post: Post, name: str) -> MarketClient:
    """POST /api/signup, then /api/login: here the password is chosen by a link in a mail."""
    after, email = post.mailbox.last_id, f"{name}-{api.marketplace_id}@localhost.ru"
    asked = await post.ask("/sign-ups", name=name, email=email)
    assert (asked.status_code, asked.json()) == (202, {"status": "asked"})
    await post.deliver()
    token = await post.link(email, after)
    assert (await post.ask("/passwords", token=token, password=PASSWORD)).status_code == 200
    nobody = api.caller(None)
    login = await nobody.form("/oauth/token", grant_type="password", username=email, password=PASSWORD)
    await nobody.aclose()
    assert (login.status_code, login.json()["token_type"]) == (200, "Bearer")
    return api.caller(login.json()["access_token"])


async def _own_wallet(client: MarketClient) -> Json:
    """GET /api/wallet."""
    [line] = (await client.read("/wallets"))["items"]
    return await client.read(f"/wallets/{line['wallet_id']}")


@pytest.mark.source("wallet:48-101", "escrow deals:5")
async def test_the_text_of_the_wallet_is_walked_through(wallets: Wallets, post: Post) -> None:
    api = wallets.api
    async with api.database.transaction() as session:
        await allow_sign_up(session, api.marketplace_id)
    first, second = [await _signed_up(api, post, name) for name in ("test1", "test2")]
    one, two = await _own_wallet(first), await _own_wallet(second)
    assert (one["balance"], one["operations"]) == (_rub("0.00"), [])

    # POST /api/external_to_wallet, by the account of the payment system alone
    result = deposit(two["wallet_id"], "115.60", details=DETAILS)
    assert (await second.post("/deposits", result)).status_code == 401
    came = await wallets.payment_system.make("/deposits", result)
    assert (came["wallet_id"], came["balance"], came["details"]) == (two["wallet_id"], _rub("115.60"), DETAILS)

    # POST /api/wallet_to_wallet, by a logged-in user, from their own wallet
    went = await second.make("/transfers", transfer(two["wallet_id"], one["wallet_id"], "11.10"))
    assert (went["from_wallet_id"], went["balance"]) == (two["wallet_id"], _rub("104.50"))
    theirs = await second.post("/transfers", transfer(one["wallet_id"], two["wallet_id"], "1.00"))
    assert (theirs.status_code, theirs.json()["code"]) == (404, "unknown_wallet")

    payer, payee = await _own_wallet(second), await _own_wallet(first)
    assert (payer["balance"], payee["balance"]) == (_rub("104.50"), _rub("11.10"))
    assert (payer["available"], payer["held"]) == (_rub("104.50"), _rub("0.00"))
    shown = ("operation_id", "kind", "direction", "amount", "balance", "counterparty", "details")
    assert [[line[name] for name in shown] for line in payer["operations"]] == [
        [went["operation_id"], "transfer", "out", _rub("11.10"), _rub("104.50"), one["user_id"], "for lunch"],
        [came["operation_id"], "deposit", "in", _rub("115.60"), _rub("115.60"), "payment-system", DETAILS],
    ]
    [line] = payee["operations"]
    assert (line["operation_id"], line["direction"], line["counterparty"]) == (
        went["operation_id"],
        "in",
        two["user_id"],
    )
    foreign = await first.get(f"/wallets/{two['wallet_id']}")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown_wallet")
    await first.aclose()
    await second.aclose()


def _rub(amount: str) -> Json:
    return {"amount": amount, "currency": "RUB"}
