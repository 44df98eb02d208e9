"""What the recipes for the market begin with: people, offers and deals in every state, and who asks for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from api.app import create_app
from api.dependencies import Rights
from devstack.market_client import Json
from store.api_keys import issue_key
from store.marketplaces import Marketplace
from store.operators import create_operator
from store.platform_settings import allow_sign_up
from tests.api.test_rights import NOWHERE, OF_SOURCES, ROUTES
from tests.bank.matrix import Sample
from tests.fixtures.banked import Banked
from tests.fixtures.databases import TestDatabase
from tests.fixtures.market import DEPOSIT_KEYS, market_settings
from tests.fixtures.people import PASSWORD, People
from tests.fixtures.post import Post
from tests.fixtures.shop import Shop
from tests.fixtures.wallets import deposit, transfer
from tests.openapi.exploring import Real

_NUMBERS = count(1)
RETURN_ORIGIN: Final = "https://shop.example"


@dataclass
class Stand:
    """A shop, its people and their mail; `document` is the market's own."""

    shop: Shop
    people: People
    post: Post
    staff_key: str
    document: Mapping[str, Any]
    sample: Sample
    banked: Banked

    # --- money and deals on the way

    async def wallet(self, funds: str = "1000.00") -> str:
        user = await self.shop.api.client.user("Wanda", f"wanda-{next(_NUMBERS)}@example.test")
        made = await self.shop.api.client.make(f"/users/{user['id']}/wallets", {"currency": "RUB"})
        source = self.shop.api.caller(DEPOSIT_KEYS["payment-system"])
        await source.make("/deposits", deposit(made["wallet_id"], funds))
        await source.aclose()
        return str(made["wallet_id"])

    async def pair(self) -> Json:
        return transfer(await self.wallet(), await self.wallet(), "1.00")

    async def withdrawal(self) -> Json:
        wallet = await self.wallet()
        owner = (await self.shop.api.client.read(f"/wallets/{wallet}"))["user_id"]
        account = await self.shop.api.account(owner, "001ababababab")
        body = {"account_id": account["id"], "amount": {"amount": "1.00", "currency": "RUB"}}
        return await self.shop.api.client.make(f"/wallets/{wallet}/withdrawals", body)

    async def held(self, amount: str | None = None, terms: Json | None = None) -> Json:
        """A deal of which `amount`, or all, is held."""
        client = self.shop.api.client
        offer = await client.offer(self.shop.seller["id"], "1000.00", terms=terms)
        await self.shop.api.operator.moderate(offer["id"])
        deal = await client.buy(offer["id"], self.shop.buyer["id"])
        payment = await self.shop.payment(deal, amount)
        await client.submit(payment["id"], "ABCD-EFGH")
        await self.shop.debited(payment, 1)
        await self.shop.assessed(deal)
        return await client.deal(deal["id"])

    async def inspected(self) -> Json:
        return await self.held(terms={"release": "on_acceptance", "inspection_s": 3600})

    async def completed(self, **refused: str) -> Json:
        """A deal whose seller was paid, unless the seller's bank refused."""
        deal = await self.held()
        await self.shop.released({"id": deal["payments"][0]}, refused=refused)
        await self.shop.assessed(deal)
        return await self.shop.api.client.deal(deal["id"])


async def open_stand(shop: Shop, people: People, post: Post, banked: Banked) -> Stand:
    api = shop.api
    async with api.database.transaction() as session:
        all_rights = await create_operator(session, "Olga All", approver=True, administrator=True)
        staff_key = await issue_key(session, api.settings.pepper_bytes, operator_id=all_rights.id)
        await allow_sign_up(session, api.marketplace_id)
        (await session.get_one(Marketplace, api.marketplace_id)).return_origins = [RETURN_ORIGIN]
    deal, client = await shop.deal(), api.client
    hidden = await client.offer(shop.seller["id"], "10.00")
    made = Stand(shop, people, post, staff_key, api.contract.document, Sample({}, {}), banked)
    pair = await made.pair()
    users = {"user_id": shop.buyer["id"], "buyer_id": shop.buyer["id"], "seller_id": shop.seller["id"]}
    values = users | {
        "deal_id": deal["id"], "payment_id": (await shop.payment(deal, "100.00"))["id"], "offer_id": hidden["id"],
        "account_id": shop.account["id"], "marketplace_id": str(api.marketplace_id), "number": "001eeeeeeeeee",
        "reference": "explored", "email": "explored@example.test", "login": "explored", "password": PASSWORD,
        "limit": 50, "pay_within_s": 600, "wallet_id": pair["from_wallet_id"],
        "from_wallet_id": pair["from_wallet_id"], "to_wallet_id": pair["to_wallet_id"],
    }  # fmt: skip
    made.sample = Sample(made.document, values)
    return made


def sampled(stand: Stand, label: str) -> Real:
    """A request made from the document, which succeeds wherever no state of a row is in its way."""
    [route] = [each.route for each in ROUTES if f"{each.route.method} {each.route.path}" == label]
    request = stand.sample.request(route, "unused")
    query = {name: value for name, value in request.get("params", {}).items() if name != "wallet_id"}
    path = {name: value for name, value in stand.sample.values.items() if "{" + name + "}" in route.path}
    return Real(path=path, query=query, body=request.get("json"))


def keys_of(stand: Stand) -> dict[str, str]:
    """By operation who asks: a payment system, the marketplace where it may, else staff with every role."""
    keys = {}
    for each in ROUTES:
        rights = each.rights or Rights()
        asks = rights.scope is not None or rights.role is None
        key = stand.shop.api.key if asks else stand.staff_key
        keys[str(each)] = DEPOSIT_KEYS["payment-system"] if each.route.path in OF_SOURCES else key
    return keys


def document() -> dict[str, Any]:
    return create_app(market_settings(TestDatabase("none", NOWHERE, NOWHERE, NOWHERE))).openapi()
