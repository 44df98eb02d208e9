"""What the recipes for the market begin with: people, offers and deals in every state, and who asks for what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Final
from uuid import UUID

import httpx
import pytest_asyncio

from api.dependencies import Rights
from devstack.mailbox import Mailbox
from edge.sealing import Sealer
from store.chain.accounts import keep_accounts
from store.mail.notices import sealing_context
from store.operations.platform_settings import allow_sign_up
from store.people.api_keys import issue_key
from store.people.marketplaces import Marketplace
from store.people.operators import create_operator
from tests.fixtures.bank import fresh_bank
from tests.fixtures.banked import Banked, beside
from tests.fixtures.chain import Chain
from tests.fixtures.databases import Databases
from tests.fixtures.market import DEPOSIT_KEYS
from tests.fixtures.market_client import Json
from tests.fixtures.party_wallets import newest_sealed
from tests.fixtures.people import PASSWORD, People, people_of
from tests.fixtures.post import Post, post_of
from tests.fixtures.shop import Shop, open_shop
from tests.fixtures.signer import OUR_ACCOUNTS, THEIR_ADDRESS
from tests.fixtures.wallets import deposit, transfer
from tests.openapi.exploring import Real
from tests.openapi.market_routes import DOCUMENT, OF_SOURCES, ROUTES
from tests.openapi.matrix import Sample

_NUMBERS = count(1)


def top_up_of(wallet: str) -> Json:
    return {"wallet_id": wallet, "gateway": "usdt_tron", "amount": {"amount": "5", "currency": "USDT"}}


RETURN_ORIGIN: Final = "https://shop.example"


@dataclass
class Stand:
    """A shop, its people and their mail, beside a bank that can be asked about accounts."""

    shop: Shop
    people: People
    post: Post
    banked: Banked
    staff_key: str
    sample: Sample
    http: httpx.AsyncClient

    # --- money on the way

    async def wallet(self, funds: str = "1000.00") -> str:
        user = await self.shop.api.client.user("Wanda", f"wanda-{next(_NUMBERS)}@example.test")
        made = await self.shop.api.client.make(f"/users/{user['id']}/wallets", {"currency": "RUB"})
        source = self.shop.api.caller(DEPOSIT_KEYS["payment-system"])
        await source.make("/deposits", deposit(made["wallet_id"], funds))
        await source.aclose()
        return str(made["wallet_id"])

    async def pair(self) -> Json:
        return transfer(await self.wallet(), await self.wallet(), "1.00")

    async def usdt_wallet(self) -> str:
        """Addresses are free for top-ups of it."""
        user = await self.shop.api.client.user("Ute", f"ute-{next(_NUMBERS)}@example.test")
        await Chain(self.shop.api.database).fill_pool()
        made = await self.shop.api.client.make(f"/users/{user['id']}/wallets", {"currency": "USDT"})
        return str(made["wallet_id"])

    async def top_up(self) -> Json:
        return await self.shop.api.client.make("/top-ups", top_up_of(await self.usdt_wallet()))

    async def withdrawal(self) -> Json:
        wallet = await self.wallet()
        owner = (await self.shop.api.client.read(f"/wallets/{wallet}"))["user_id"]
        account = await self.shop.api.account(owner, "001ababababab")
        body = {"account_id": account["id"], "amount": {"amount": "1.00", "currency": "RUB"}}
        return await self.shop.api.client.make(f"/wallets/{wallet}/withdrawals", body)

    async def withdrawal_to_address(self, amount: str) -> Json:
        """Confirmed by its owner."""
        api = self.shop.api
        user = await api.client.user("Ursula", f"ursula-{next(_NUMBERS)}@example.test")
        wallet = (await api.client.make(f"/users/{user['id']}/wallets", {"currency": "USDT"}))["wallet_id"]
        source = api.caller(DEPOSIT_KEYS["payment-system"])
        await source.make("/deposits", deposit(wallet, "5000", "USDT"))
        await source.aclose()
        async with api.database.transaction() as session:
            await keep_accounts(session, OUR_ACCOUNTS)
        body = {"address": THEIR_ADDRESS, "amount": {"amount": amount, "currency": "USDT"}}
        made = await api.client.make(f"/wallets/{wallet}/withdrawals", body)
        async with api.database.transaction() as session:
            sealed = await newest_sealed(session)
        code = Sealer(api.settings.sealing_key_bytes).open(sealed, sealing_context(UUID(wallet)))
        return await api.client.make(f"/withdrawals/{made['withdrawal_id']}/confirmation", {"code": code})

    # --- what is asked, and with what key

    def sampled(self, label: str) -> Real:
        """A request made from the document, which succeeds wherever no state of a row is in its way."""
        [route] = [each for each in ROUTES if str(each) == label]
        request = self.sample.request(route, "unused")
        query = {name: value for name, value in request.get("params", {}).items() if name != "wallet_id"}
        path = {name: value for name, value in self.sample.values.items() if "{" + name + "}" in route.path}
        return Real(path=path, query=query, body=request.get("json"))

    def keys(self) -> dict[str, str]:
        """By operation who asks: a payment system, the marketplace where it may, else staff with every role."""
        keys = {}
        for each in ROUTES:
            rights = each.right or Rights()
            asks = rights.scope is not None or rights.role is None
            key = self.shop.api.key if asks else self.staff_key
            keys[str(each)] = DEPOSIT_KEYS["payment-system"] if each.path in OF_SOURCES else key
        return keys


@pytest_asyncio.fixture(name="stand", scope="module", loop_scope="session")
async def stand_fixture(databases: Databases, mailbox: Mailbox, hashed_password: str) -> AsyncIterator[Stand]:
    """One for a module, with an API and a bank of its own, that no other test has spoiled."""
    async with (
        fresh_bank(databases, mailbox) as bank,
        beside(databases, bank) as banked,
        httpx.AsyncClient(base_url=banked.api.address, trust_env=False, timeout=120) as http,
    ):
        api, shop = banked.api, await open_shop(banked.api)
        async with api.database.transaction() as session:
            all_rights = await create_operator(session, "Olga All", approver=True, arbiter=True, administrator=True)
            staff_key = await issue_key(session, api.settings.pepper_bytes, operator_id=all_rights.id)
            await allow_sign_up(session, api.marketplace_id)
            (await session.get_one(Marketplace, api.marketplace_id)).return_origins = [RETURN_ORIGIN]
        people, post = people_of(api, hashed_password), await post_of(api, mailbox)
        made = Stand(shop, people, post, banked, staff_key, Sample({}, {}), http)
        made.sample = await _sample(made)
        yield made


async def _sample(stand: Stand) -> Sample:
    shop = stand.shop
    deal, pair = await shop.deal(), await stand.pair()
    hidden = await shop.api.client.offer(shop.seller["id"], "10.00", title="Hidden from strangers")
    values = {
        "user_id": shop.buyer["id"], "buyer_id": shop.buyer["id"], "seller_id": shop.seller["id"],
        "deal_id": deal["id"], "payment_id": (await shop.payment(deal, "100.00"))["id"], "offer_id": hidden["id"],
        "account_id": shop.account["id"], "marketplace_id": str(shop.api.marketplace_id), "number": "001eeeeeeeeee",
        "reference": "explored", "email": "explored@example.test", "login": "explored", "password": PASSWORD,
        "limit": 50, "pay_within_s": 600, "wallet_id": pair["from_wallet_id"],
        "from_wallet_id": pair["from_wallet_id"], "to_wallet_id": pair["to_wallet_id"],
    }  # fmt: skip
    return Sample(DOCUMENT, values)
