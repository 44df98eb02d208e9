"""A marketplace with a bit of everything, for tests that ask every page there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from domain.agreements import Party
from domain.disputes import DisputeState
from domain.money import Money
from market.actor import Actor
from market.top_ups import begin
from rails.gateways.tron import TronGateway
from store.banks.accounts import account_of
from store.deals.deals import Deal
from store.deals.disputes import add_dispute, end_dispute
from store.wallets.holds import hold_money
from store.wallets.payment_requests import ask_for_payment
from store.wallets.wallets import wallet_for
from store.wallets.withdrawal_begins import begin_withdrawal
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.chain import CONTRACT, Chain
from tests.fixtures.party_wallets import give
from tests.pages.routes import PageRoute

# What a form has to say so that it is looked at whose thing it is about.
SAID = {
    "POST /deals/{deal_id}/messages": {"text": "It is not mine.", "key": "not-mine"},
    "POST /deals/{deal_id}/dispute": {"objection": "It is not mine."},
    "POST /deals/{deal_id}/dispute/offers": {"back": "1", "words": "", "events": "1"},
    "POST /deals/{deal_id}/dispute/undisputed-part": {"part": "1", "agreed": "1", "events": "1"},
    "POST /deals/{deal_id}/dispute/statements": {"statement": "It is not mine.", "link": "", "events": "1"},
    "POST /deals/{deal_id}/retraction": {"subject": "cancellation"},
    "POST /my/holds/{hold_id}/capture": {"amount": "1"},
    "POST /my/offers/{offer_id}/on-sale": {"on_sale": "no"},
    "POST /payments/{payment_id}/code": {"code": "ABCD-EFGH", "number": "0"},
}
WRITTEN = (
    "users",
    "offers",
    "deals",
    "messages",
    "payments",
    "codes",
    "code_attempts",
    "accounts",
    "agreements",
    "contracts",
    "refunds",
    "events",
    "wallets",
    "payment_requests",
    "holds",
    "withdrawals",
    "top_ups",
    "ledger.transfers",
)


@dataclass
class World:
    """`values` fill the addresses with rows of `owner` and of the buyer; `theirs` is in none."""

    cabinet: Cabinet
    seller: Person
    buyer: Person
    values: dict[str, str]
    theirs: set[str]

    async def ask(self, who: Person, pages: list[PageRoute], csrf: str = "") -> dict[str, httpx.Response]:
        """The owner's text on each page; forms carry `csrf`, as on the owner's own pages."""
        answers = {}
        for page in pages:
            data = {"csrf": csrf, **SAID.get(str(page), {})} if page.method == "POST" else None
            path = page.filled(self.values)
            answers[str(page)] = await who.http.request(page.method, path, data=data, follow_redirects=False)
        return answers

    def shown(self, reply: httpx.Response) -> list[str]:
        """What of theirs is in an answer beyond the address that was asked for."""
        said = reply.text.replace(reply.request.url.path, "")
        return [secret for secret in self.theirs if secret in said]

    async def written(self) -> list[Any]:
        return [(table, (await self.cabinet.rows(f"SELECT count(*) FROM {table}"))[0][0]) for table in WRITTEN]


async def open_world(cabinet: Cabinet, tail: str = "") -> World:
    """An offer that waits, a deal whose payment awaits its code, wallets; `tail` is the end of every text."""
    seller = await cabinet.client(f"Sonja Secret{tail}", 2)
    buyer = await cabinet.client(f"Boris Secret{tail}", 1)
    hidden = await cabinet.served.shop.offer(seller.user_id, "10.00", title=f"Hidden from strangers{tail}")
    deal = await buyer.buy(await cabinet.on_sale(seller, title=f"Sold in secret{tail}"))
    async with cabinet.market.database.transaction() as session:  # an ended dispute, which its page still shows
        row = await session.get_one(Deal, UUID(deal))
        await add_dispute(session, row, Party.BUYER, f"A secret quarrel{tail}", row.created_at)
        await end_dispute(session, row, DisputeState.WITHDRAWN, row.created_at)
    payment = await buyer.begin(deal, "400")
    await buyer.code()
    for who in (buyer, seller):
        await who.read(f"/deals/{deal}")
        await who.send(f"/deals/{deal}/messages", text=f"Said in secret{tail}")
    words = {"title": f"Agreed in secret{tail}"}
    contract = await cabinet.served.shop.propose_contract(buyer.user_id, seller.user_id, ("7.00", "8.00"), **words)
    values = {
        "contract_id": contract["id"], "deal_id": deal, "payment_id": payment,
        "offer_id": hidden["id"], "account_id": buyer.account_id,
        **await _of_wallets(cabinet, seller, buyer, tail), "decision": "confirmation", "number": "1",
    }  # fmt: skip
    theirs = {*values.values(), seller.number, buyer.number, seller.email, buyer.email} - {"confirmation", "1"}
    theirs |= {"A secret gift", "A debt", "A pledge", "Hidden from strangers", "Sold in secret", "Said in secret"}
    theirs |= {"Agreed in secret", "A secret quarrel"}
    theirs |= {"Sonja Secret", "Boris Secret"}
    return World(cabinet, seller, buyer, values, theirs)


async def _of_wallets(cabinet: Cabinet, payer: Person, payee: Person, tail: str) -> dict[str, str]:
    """A wallet that is asked for money, has some held and withdraws some."""
    marketplace, money, day = cabinet.market.marketplace_id, Money(1200, "RUB"), timedelta(days=1)
    async with cabinet.market.database.transaction() as session:
        wallet = await wallet_for(session, UUID(payer.user_id), "RUB")
        to = (await wallet_for(session, UUID(payee.user_id), "RUB")).id
        await give(session, wallet.id, "1000.00", f"A secret gift{tail}")
        sides, details = (marketplace, to, wallet.id), f"A debt{tail}"
        asked = await ask_for_payment(session, *sides, money, details=details, expires_in=day)
        sides, details = (marketplace, wallet.id, to), f"A pledge{tail}"
        held = await hold_money(session, *sides, money, details=details, expires_in=day)
        account = await account_of(session, UUID(payer.user_id), UUID(payer.account_id))
        withdrawal = await begin_withdrawal(session, wallet, account, money)
    top_up = await waiting_top_up(cabinet, payer)
    return {
        "wallet_id": str(wallet.id), "request_id": str(asked.id), "withdrawal_id": str(withdrawal.id),
        "hold_id": str(held.id), "top_up_id": top_up,
    }  # fmt: skip


async def waiting_top_up(cabinet: Cabinet, owner: Person) -> str:
    """One that waits for its money."""
    database, actor = cabinet.market.database, Actor(cabinet.market.marketplace_id)
    await Chain(database).fill_pool()
    async with database.transaction() as session:
        wallet = await wallet_for(session, UUID(owner.user_id), "USDT")
        made = await begin(session, actor, wallet.id, TronGateway(CONTRACT), Money(5_000_000, "USDT"), None, None)
    return str(made.value[0].id)
