"""The operator's percent is a canary: no page, no answer, no mail and no news that a client or a shop gets has it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from activities.mail import MailActivities
from activities.notices import NoticeActivities
from domain.money import Money
from edge.mailer import Mailer
from store.banks.accounts import account_of
from store.wallets.movements import Deposit, carry_out
from store.wallets.wallets import wallet_for
from store.wallets.withdrawal_begins import begin_withdrawal
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.market import PATIENCE_S
from tests.fixtures.market_client import MarketClient
from tests.fixtures.people import PASSWORD
from tests.pages.routes import page_routes, program
from tests.pages.world import waiting_top_up

# Of a price of 1,000.00 that was paid in full, of which 100.00 went back.
PERCENT, COMMISSION, NET, OF_REFUND, NET_OF_REFUND = "13.37", "133.70", "866.30", "13.37", "86.63"
SECRET = {PERCENT, COMMISSION, "1337", "commission_percent", "commission_bp"}
# the seller sees the amount received there and in their earnings, and nobody else does
OF_SELLER = {NET, NET_OF_REFUND}
URL = "https://market.example.test"


@dataclass
class Canary:
    """A deal of this percent, completed and partly refunded; `people` by name, with what each asks the API with."""

    cabinet: Cabinet
    people: dict[str, Person]
    callers: dict[str, MarketClient]
    values: dict[str, str]
    mails_after: int

    def leaks(self, who: str, where: str, said: str) -> list[tuple[str, str, str]]:
        words = SECRET if who == "seller" else SECRET | OF_SELLER
        return [(who, where, word) for word in sorted(words) if _says(said, word)]


def _says(said: str, word: str) -> bool:
    """Whether it appears as a separate number, and not within an id or a longer number."""
    either = re.escape(word).replace(r"\.", "[.,]")
    return re.search(rf"(?<![\w.-]){either}(?![\w-])", said) is not None


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def canary(cabinet: Cabinet) -> AsyncIterator[Canary]:
    served, after = cabinet.served, cabinet.market.mailbox.last_id
    people = {"seller": await cabinet.client("Sonja", 2), "buyer": await cabinet.client("Boris", 1)}
    people["stranger"] = await cabinet.client("Stella", 3)
    offer = await served.shop.offer(
        people["seller"].user_id, "1000.00", title="A canary", pay_within_s=3600, quantity=2
    )
    await served.operator.moderate(offer["id"], commission_percent=PERCENT)
    buyer, seller = people["buyer"], people["seller"]
    deal = await buyer.buy(offer)
    payment = await buyer.begin(deal)
    await buyer.send(f"/payments/{payment}/code", code=await buyer.code())
    await buyer.until("The seller has been paid.")
    await seller.read(f"/deals/{deal}")
    await seller.until("Completed")
    await seller.send(f"/deals/{deal}/refund", amount="100", reason="A scratch")
    await seller.until("A refund is done")
    [refund] = await cabinet.rows(
        "SELECT CAST(id AS text) AS id FROM refunds WHERE CAST(deal_id AS text) = :id", id=deal
    )
    wallet = await _wallet(cabinet, seller)
    contract = await served.shop.propose_contract(buyer.user_id, seller.user_id, ("7.00", "8.00"))
    values = {
        "contract_id": contract["id"],
        "deal_id": deal, "payment_id": payment, "offer_id": offer["id"], "account_id": seller.account_id,
        "user_id": seller.user_id, "seller_id": seller.user_id, "refund_id": refund.id,
        **wallet, "code": "en", "token": "x", "version": "0", "name": "page.css",
    }  # fmt: skip
    callers = {"shop": served.shop}
    for name, person in people.items():
        form = {"grant_type": "password", "username": person.email, "password": PASSWORD}
        reply = await person.http.post("/api/v1/oauth/token", data=form)
        callers[name] = MarketClient(served.address, reply.json()["access_token"], timeout_s=PATIENCE_S)
    yield Canary(cabinet, people, callers, values, after)
    for name in people:
        await callers[name].aclose()


async def _wallet(cabinet: Cabinet, owner: Person) -> dict[str, str]:
    """The person's wallet, which withdraws part of what it received."""
    money = Money(5000, "RUB")
    async with cabinet.market.database.transaction() as session:
        wallet = await wallet_for(session, UUID(owner.user_id), "RUB")
        await carry_out(await session.connection(), [Deposit("test", "canary", "test", wallet.id, money, "A gift")])
        account = await account_of(session, UUID(owner.user_id), UUID(owner.account_id))
        withdrawal = await begin_withdrawal(session, wallet, account, Money(1200, "RUB"))
    top_up = await waiting_top_up(cabinet, owner)
    return {"wallet_id": str(wallet.id), "withdrawal_id": str(withdrawal.id), "top_up_id": top_up}


async def test_the_canary_is_alive_for_staff(canary: Canary) -> None:
    operator, deal = canary.cabinet.served.operator, canary.values["deal_id"]
    assert (await operator.deal(deal))["commission_percent"] == PERCENT
    payment = await operator.payment(canary.values["payment_id"])
    assert {COMMISSION, NET} <= {step["amount"]["amount"] for step in payment["steps"]}
    story = json.dumps(await operator.read(f"/deals/{deal}/events"))
    assert _says(story, "commission") or "payment.commission" in story


@pytest.mark.source("marketplace:63-64")
async def test_no_page_and_no_news_reveal_the_percentage(canary: Canary) -> None:
    leaks, shown = [], 0
    for who, person in {**canary.people, "nobody": canary.cabinet.stranger()}.items():
        for page in page_routes():
            if page.method == "GET":
                # The stream ends with the first news: the version is one that nobody has seen.
                path = page.filled(canary.values) + ("?seen=nothing" if page.path.endswith("/live") else "")
                reply = await person.http.get(path)
                shown += reply.status_code == 200
                leaks += canary.leaks(who, str(page), reply.text)
    assert shown > 60
    assert leaks == []
    assert NET in await canary.people["seller"].read("/my/earnings")


async def test_no_answer_of_the_api_reveals_the_percentage(canary: Canary) -> None:
    paths = [path for path, methods in program().openapi()["paths"].items() if "get" in methods and "/api/" in path]
    leaks: list[Any] = []
    shown = 0
    for who, caller in canary.callers.items():
        for path in paths:
            filled = re.sub(r"\{(\w+)\}", lambda name: canary.values.get(name[1], canary.values["deal_id"]), path)
            query = {"account_id": canary.people["buyer"].account_id} if path.endswith("/quote") else {}
            reply = await caller.get(filled.removeprefix("/api/v1"), **query)
            shown += reply.status_code == 200
            leaks += canary.leaks(who, path, reply.text)
    assert shown > 40
    assert leaks == []


async def test_no_mail_reveals_the_percentage(canary: Canary) -> None:
    market = canary.cabinet.market
    notices = NoticeActivities(market.database, market.sealer, URL)
    mailer = Mailer(market.mailbox.url, "Market <market@example.test>")
    mails = MailActivities(market.database, market.sealer, b"pepper", mailer, URL)
    await notices.note_deadlines()
    assert await notices.tell_notices()
    await mails.send_mails()
    leaks, read = [], 0
    for who, person in canary.people.items():
        for mail in market.mailbox.mails(to=person.email, after=canary.mails_after):
            read += 1
            leaks += canary.leaks(who, mail.subject, f"{mail.subject}\n{mail.text}\n{mail.html}")
    assert read >= len(canary.people)  # mails to one person within a minute become one
    assert leaks == []
