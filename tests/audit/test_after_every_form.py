"""After everything that people can do at the pages, on the real stack, the audit of all stores finds nothing."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from activities.mail import MailActivities
from audit import Stores, examine
from audit.acknowledged import NOUNS
from devstack.market_client import Json
from domain.money import Money
from edge.mailer import Mailer
from tests.audit.story import found
from tests.fixtures.cabinet import Cabinet, Person, cabinet
from tests.fixtures.people import PASSWORD
from tests.fixtures.sagas import PATIENCE_S
from tests.pages.routes import PageRoute, page_routes
from tests.pages.test_wallets import address, code_for, opened

__all__ = ["cabinet"]

FORMS: Final = [page for page in page_routes() if page.method == "POST"]
EARLIER: Final = "created_at = created_at - interval '1 hour'"  # the pause between two codes is over
INSPECTED: Final = {"release": "on_acceptance", "inspection_s": 3600}


class Story:
    """People at the pages; `done` are the forms that did what they are for."""

    def __init__(self, cabinet: Cabinet) -> None:
        self.cabinet = cabinet
        self.done: set[str] = set()

    def watch(self, somebody: Person) -> Person:
        somebody.http.event_hooks["response"].append(self._note)
        return somebody

    async def _note(self, reply: httpx.Response) -> None:
        if reply.request.method == "POST" and reply.status_code < 400:
            self.done |= {str(page) for page in FORMS if _is_at(page, reply.request.url.path)}

    async def client(self, name: str, bank_id: int) -> Person:
        return self.watch(await self.cabinet.client(name, bank_id))

    async def account(self, owner: Person, bank_id: int) -> str:
        """Another one that a bank has for him."""
        bank = self.cabinet.market.bank
        client = await bank.post("/clients", {"name": owner.name, "email": owner.email})
        wanted = {"bank_id": bank_id, "client_id": client["id"], "currency": "RUB"}
        return str((await bank.post("/accounts", wanted))["number"])

    async def offer(self, seller: Person, terms: Json | None = None) -> Json:
        return await self.cabinet.on_sale(seller, terms=terms)

    async def settled(self, deal: str, *states: str) -> None:
        async def look() -> bool:
            return (await self.cabinet.served.shop.deal(deal))["state"] in states

        await _until(look, f"deal {deal} is {states}")


def _is_at(page: PageRoute, path: str) -> bool:
    pattern = re.sub(r"\\\{[^/]*\\\}|\{[^/]*\}", "[^/]+", page.path)
    fixed = [each for each in FORMS if "{" not in each.path]
    return re.fullmatch(pattern, path) is not None and ("{" not in page.path or path not in {f.path for f in fixed})


async def _until(look: Callable[[], Awaitable[bool]], what: str) -> None:
    give_up = asyncio.get_running_loop().time() + PATIENCE_S
    while not await look():
        if asyncio.get_running_loop().time() > give_up:
            raise AssertionError(f"never: {what}")
        await asyncio.sleep(0.05)


@pytest.mark.timeout(600)
async def test_after_every_form_of_the_pages_the_audit_of_all_stores_finds_nothing(cabinet: Cabinet) -> None:
    story = Story(cabinet)
    seller, buyer = await story.client("Sonja", 2), await story.client("Boris", 1)
    await _doors(story)
    await _offers(story, seller, buyer)
    await _accounts(story, seller, buyer)
    await _payments(story, seller, buyer)
    await _decisions(story, seller, buyer)
    await _wallets(story, seller, buyer)
    assert {str(page) for page in FORMS} - story.done == set()

    known = {noun.table for noun in NOUNS}
    rows = await cabinet.rows("SELECT DISTINCT noun FROM idempotency_answers WHERE status < 400")
    assert {noun for (noun,) in rows} <= known
    market = cabinet.market
    stores = Stores(market.database, market.bank.client, market.sagas, market.bank.url, None)
    assert found(await examine(stores, timedelta(seconds=60))) == {}


async def _doors(story: Story) -> None:
    cabinet, nobody = story.cabinet, story.watch(story.cabinet.stranger())
    email, after = f"nina-{secrets.token_hex(4)}@example.test", cabinet.market.mailbox.last_id
    await nobody.read("/sign-up")
    await nobody.send("/sign-up", name="Nina", email=email)
    await nobody.read("/password")
    await nobody.send("/password/asked", email=email)
    market, mailer = cabinet.market, Mailer(cabinet.market.mailbox.url, "Market <market@example.test>")
    pepper = cabinet.served.services.settings.pepper_bytes
    mails = MailActivities(market.database, market.sealer, pepper, mailer, cabinet.served.address)
    await mails.answer_password_requests()
    await mails.send_mails()
    mail = await market.mailbox.wait_for(to=email, after=after)
    [token, *_] = re.findall(r"/password\?token=([\w-]{43})", mail.text)
    await nobody.read(f"/password?token={token}")
    await nobody.send("/password", password=PASSWORD, again=PASSWORD)
    await cabinet.log_in(nobody, email)
    await nobody.read("/my/profile")
    await nobody.send("/log-out")


async def _offers(story: Story, seller: Person, buyer: Person) -> None:
    """Put up, changed after a sale, taken off sale and put back: price and units are others then."""
    await seller.read("/my/offers/new")
    await seller.send(title="A desk", description="Of walnut.", price="1000", quantity="3")
    [(offer,)] = await story.cabinet.rows("SELECT id FROM offers WHERE title = 'A desk'")
    await story.cabinet.served.operator.moderate(str(offer))
    await buyer.pay(await buyer.buy({"id": str(offer)}))
    for fields in ({"quantity": "7"}, {"price": "1200", "title": "A better desk"}):
        await seller.read(f"/my/offers/{offer}")
        await seller.send(f"/my/offers/{offer}", **fields)
        assert seller.at == "/my/offers", seller.words
    await story.cabinet.served.operator.moderate(str(offer))
    await buyer.pay(await buyer.buy({"id": str(offer)}))
    for on_sale in ("no", "yes"):
        await seller.read(f"/my/offers/{offer}")
        await seller.send(f"/my/offers/{offer}/on-sale", on_sale=on_sale)


async def _accounts(story: Story, seller: Person, buyer: Person) -> None:
    for form, somebody in (("/my/accounts", seller), ("", buyer)):
        deal = "" if form else await buyer.buy(await story.offer(seller))
        path = form or f"/deals/{deal}/payment"
        await somebody.read(path)
        number = await story.account(somebody, 3)
        await somebody.send(form or f"{path}/account", bank="3", number=number, currency="RUB")
        assert somebody.at == path, somebody.words
    for _ in range(2):  # and back again
        await seller.read("/my/accounts")
        [action] = re.findall(r"/my/accounts/[0-9a-f-]{36}/payout", seller.page.text)
        await seller.send(action)


async def _payments(story: Story, seller: Person, buyer: Person) -> None:
    """One that is not wanted any more, one with a second code, one behind a link, one paid late."""
    cabinet = story.cabinet
    deal = await buyer.buy(await story.offer(seller))
    payment = await buyer.begin(deal, "300")
    await buyer.code()
    await buyer.send(f"/payments/{payment}/cancellation")
    payment = await buyer.begin(deal, "400")
    await buyer.code()
    await cabinet.rows(f"UPDATE codes SET {EARLIER} WHERE payment_id = '{payment}' RETURNING id")
    await buyer.read(f"/payments/{payment}")
    await buyer.send(f"/payments/{payment}/another-code")
    assert buyer.page.status_code == 200, buyer.words
    link = await cabinet.served.shop.make(
        f"/deals/{deal}/checkout-links", {"return_url": "https://shop.example/orders/1"}
    )
    guest = story.watch(cabinet.stranger())
    guest.email = buyer.email
    await guest.read(urlsplit(link["url"]).path)
    await guest.send(urlsplit(link["url"]).path)
    await guest.pay(deal, "100")
    overdue = await buyer.buy(await story.offer(seller))
    payment = await buyer.begin(overdue)
    code = await buyer.code()
    form = buyer.form(f"/payments/{payment}/code").fields
    await cabinet.move_clock(overdue, timedelta(days=2))
    late = await buyer.http.post(f"/payments/{payment}/code", data=form | {"code": code})
    assert late.status_code == 409, late.text
    await story.settled(overdue, "expired")


async def _decisions(story: Story, seller: Person, buyer: Person) -> None:
    inspected = [await buyer.buy(await story.offer(seller, INSPECTED)) for _ in range(2)]
    for deal in inspected:
        payment = await buyer.begin(deal)
        await buyer.send(f"/payments/{payment}/code", code=await buyer.code())
        await story.settled(deal, "funded")
    accepted, disputed = inspected
    await _pressed(buyer, accepted, "acceptance")
    await story.settled(accepted, "completed")
    await _pressed(seller, accepted, "refund", amount="100", reason="A scratch")
    await seller.until("A refund is done")
    await _pressed(buyer, disputed, "dispute", objection="It is broken.")
    await _pressed(buyer, disputed, "withdrawal")
    running = await buyer.buy(await story.offer(seller))
    await _pressed(buyer, running, "extension", longer="day")
    await _pressed(seller, running, "extension", longer="agreed")
    await _pressed(buyer, running, "cancellation", reason="Too dear")
    await story.settled(running, "cancelled")


async def _pressed(somebody: Person, deal: str, what: str, **fields: str) -> None:
    await somebody.read(f"/deals/{deal}")
    await somebody.send(f"/deals/{deal}/{what}", **fields)
    assert somebody.page.status_code == 200, somebody.words


async def _wallets(story: Story, seller: Person, buyer: Person) -> None:
    cabinet = story.cabinet
    await cabinet.market.bank.fund(2, Money(1_000_00, "RUB"))
    mine, his = await opened(cabinet, seller, "500.00"), await opened(cabinet, buyer, "500.00")
    await seller.read(f"{mine}/transfer")
    await seller.send(f"{mine}/transfer", to=address(his), amount="30.50")
    for decision in ("confirm", "decline"):
        await seller.read(f"{mine}/requests")
        await seller.send(f"{mine}/requests", **{"from": address(his), "amount": "20", "days": "1"})
        await buyer.read(f"{his}/requests")
        [action, *_] = re.findall(rf"/my/payment-requests/[0-9a-f-]{{36}}/{decision}", buyer.page.text)
        await buyer.send(action)
    for paid in (False, True):
        await seller.read(f"{mine}/withdrawals")
        await seller.send(f"{mine}/withdrawals", amount="40", account=seller.account_id)
        path, withdrawal = seller.at, UUID(seller.at.rsplit("/", 1)[1])
        await cabinet.rows(
            f"UPDATE withdrawal_codes SET {EARLIER} WHERE withdrawal_id = :id RETURNING withdrawal_id", id=withdrawal
        )
        await seller.read(path)
        await seller.send(f"{path}/another-code")
        await seller.read(path)
        if paid:
            await seller.send(f"{path}/code", code=await code_for(cabinet, mine))
            await seller.read(path)
            await seller.until("Paid out")
        else:
            await seller.send(f"{path}/cancellation")
