"""The world of the demo: clients of ten banks, known to one marketplace, and its back end's actions for them."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
from holdfast_client.api.accounts import add_account, confirm_account, request_account_code
from holdfast_client.api.users import create_user
from holdfast_client.models.account_in import AccountIn
from holdfast_client.models.code_in import CodeIn
from holdfast_client.models.deal_now_out import DealNowOut
from holdfast_client.models.empty import Empty
from holdfast_client.models.user_in import UserIn

from demo.bank_admin import BankAdmin, Json
from demo.expect import Broken, expect
from demo.market import Deal, Market, Payment
from devstack.stack import Stack
from domain.money import Money

OPENING = "100000.00"
CAST_PER_BANK = 5  # as many as the acts take of one bank at most, each round of a repeated act included
AT_ONCE = 12  # concurrent registrations
MAIL_WAIT_S = 30  # the longest that the catcher holds a request open
CODE_WITHIN_S = 60.0  # a worker may be killed meanwhile, and the machine be busy
_CODE = re.compile(r"^Code: ([0-9A-Z]{4}-[0-9A-Z]{4})\r?$", re.MULTILINE)


@dataclass
class Person:
    """A client of a bank who is a user of the marketplace, as buyer or seller."""

    name: str
    email: str
    number: str
    bank_id: int
    user_id: str
    account_id: str
    last_mail: int = 0
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass
class World:
    stack: Stack
    market: Market
    operator: Market
    payment_system: Market
    bank: BankAdmin
    mails: httpx.AsyncClient
    environment: dict[str, str]
    cast: dict[int, list[Person]] = field(default_factory=dict)
    """Clients by bank, reserved for the acts; each is used once."""
    crowd: list[Person] = field(default_factory=list)

    def take(self, bank_id: int) -> Person:
        """A client of the bank who appears nowhere else in the story."""
        return self.cast[bank_id].pop()

    async def aclose(self) -> None:
        await self.market.aclose()
        await self.operator.aclose()
        await self.payment_system.aclose()
        await self.bank.aclose()
        await self.mails.aclose()

    async def bought(
        self, seller: Person, buyer: Person, price: str, title: str, pay_within_s: int = 600
    ) -> DealNowOut:
        offer_id = await self.market.approved_offer(self.operator, seller.user_id, price, title, pay_within_s)
        return await self.market.buy(offer_id, buyer.user_id)

    async def code(self, person: Person) -> str:
        """The next code in the person's mail."""
        deadline = time.monotonic() + CODE_WITHIN_S  # read page by page: mails about deals are many
        while (left_s := deadline - time.monotonic()) > 0:
            wait_s = min(left_s, MAIL_WAIT_S)
            query: dict[str, str | int | float] = {"to": person.email, "after_id": person.last_mail, "wait_s": wait_s}
            try:
                mails: list[Json] = (await self.mails.get("/api/mails", params=query)).json()
            except httpx.TransportError:  # an idle connection that the catcher has just closed
                continue
            for mail in mails:  # others report the state of a deal
                person.last_mail = mail["id"]
                if found := _CODE.search(mail["text"]):
                    return found[1]
        raise Broken(f"no code came to {person.email} within {CODE_WITHIN_S:.0f} s")

    async def pay(self, deal: Deal, buyer: Person, amount: str | None = None) -> Payment:
        """Pays a part (or the rest) with the right code; returns the payment once the bank holds or refuses it."""
        payment = await self.market.pay(deal.id, buyer.account_id, amount)
        await self.market.submit(payment.id, await self.code(buyer))
        settled = ("held", "releasing", "completed", "payable", "returning", "refunded", "failed")
        return await self.market.until_payment(payment.id, *settled)

    async def balance(self, person: Person) -> Money:
        """The person's balance at the bank."""
        return await self.bank.balance(person.number)

    async def clock(self, deal: Deal) -> timedelta:
        """By how much the market's clock is ahead of this machine's."""
        return (await self.market.deal(deal.id)).now - datetime.now(UTC)


def deadline(deal: Deal) -> datetime:
    """When a confirmed deal has to be paid, by the market's clock."""
    assert deal.pay_by is not None
    return deal.pay_by


def moment(text: str) -> datetime:
    """A time as the APIs write it."""
    return datetime.fromisoformat(text)


async def until(at: datetime) -> None:
    """Waits until this machine's clock shows `at`."""
    await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))


async def make_world(stack: Stack, *, banks: int, clients: int, seed: int) -> World:
    """Makes keys on the command line, creates banks and clients, and registers everybody at the market."""
    environment = stack.environment("console")
    market_key = await issue(environment, "marketplace", "Bazaar")
    operator_key = await issue(environment, "operator", "Demo operator", "--arbiter")
    deposit_key = stack.site.secret("deposit_keys", "HOLDFAST_DEPOSIT_KEYS").split(",")[0].partition("=")[2]
    world = World(
        stack=stack,
        market=Market(stack.urls["api"], market_key),
        operator=Market(stack.urls["api"], operator_key),
        payment_system=Market(stack.urls["api"], deposit_key),
        bank=BankAdmin(
            stack.urls["bank"],
            stack.site.secret(stack.site.bank_key("admin")),
            stack.site.secret(stack.site.bank_key("payments")),
        ),
        mails=httpx.AsyncClient(base_url=stack.urls["mail"], timeout=MAIL_WAIT_S + 10, trust_env=False),
        environment=environment,
    )
    await world.bank.plant(banks=banks, clients=-(-clients // banks), seed=seed, opening=OPENING)
    await command(environment, "directory")  # the market copies banks once a minute; the world is new
    await _register(world)
    return world


async def issue(environment: Mapping[str, str], kind: str, name: str, *more: str) -> str:
    """A key, created as an administrator does it."""
    return (await command(environment, kind, "create", name, *more)).splitlines()[-1]


async def command(environment: Mapping[str, str], *words: str) -> str:
    """The output of `holdfast WORDS`. Raises `Broken` when it fails."""
    made = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "cli", *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    expect(made.returncode == 0, f"holdfast {' '.join(words)}: {made.stdout.strip()} {made.stderr.strip()}")
    return made.stdout.strip()


async def _register(world: World) -> None:
    limit = asyncio.Semaphore(AT_ONCE)

    async def register(row: Json) -> Person:
        owner = row["owner"]
        async with limit:
            user = await world.market.make(
                create_user.asyncio_detailed, body=UserIn(name=owner["name"], email=owner["email"])
            )
            body = AccountIn(row["number"], row["currency"], payout=True)
            account = await world.market.make(add_account.asyncio_detailed, user.id, body=body)
            person = Person(owner["name"], owner["email"], row["number"], row["bank_id"], user.id, account.id)
            await world.market.make(request_account_code.asyncio_detailed, user.id, account.id, body=Empty())
            code = CodeIn(await world.code(person))
            await world.market.make(confirm_account.asyncio_detailed, user.id, account.id, body=code)
        return person

    for person in await asyncio.gather(*(register(row) for row in await world.bank.accounts())):
        cast = world.cast.setdefault(person.bank_id, [])
        (cast if len(cast) < CAST_PER_BANK else world.crowd).append(person)
