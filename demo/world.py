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

from demo.bank_admin import BankAdmin, Json
from demo.expect import Broken, expect
from devstack.market_client import MarketClient
from devstack.stack import Stack
from domain.money import Money

OPENING = "100000.00"
CAST_PER_BANK = 4  # as many as the acts take of one bank at most
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
    market: MarketClient
    operator: MarketClient
    payment_system: MarketClient
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

    async def offer(self, seller: Person, price: str, title: str, pay_within_s: int) -> Json:
        """An offer that an operator has approved."""
        made = await self.market.offer(seller.user_id, price, title=title, pay_within_s=pay_within_s)
        return await self.operator.moderate(made["id"])

    async def bought(self, seller: Person, buyer: Person, price: str, title: str, pay_within_s: int = 600) -> Json:
        offer = await self.offer(seller, price, title, pay_within_s)
        return await self.market.buy(offer["id"], buyer.user_id)

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

    async def pay(self, deal: Json, buyer: Person, amount: str | None = None) -> Json:
        """Pays a part (or the rest) with the right code; returns the payment once the bank holds or refuses it."""
        payment = await self.market.pay(deal["id"], buyer.account_id, amount)
        await self.market.submit(payment["id"], await self.code(buyer))
        settled = ("held", "releasing", "completed", "payable", "returning", "refunded", "failed")
        return await self.market.until_payment(payment["id"], *settled)

    async def balance(self, person: Person) -> Money:
        """The person's balance at the bank."""
        return await self.bank.balance(person.number)

    async def clock(self, deal: Json) -> timedelta:
        """By how much the market's clock is ahead of this machine's."""
        return moment((await self.market.deal(deal["id"]))["now"]) - datetime.now(UTC)


def moment(text: str) -> datetime:
    """A time as the APIs write it."""
    return datetime.fromisoformat(text)


async def until(at: datetime) -> None:
    """Waits until this machine's clock shows `at`."""
    await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))


async def make_world(stack: Stack, *, banks: int, clients: int, seed: int) -> World:
    """Makes keys on the command line, creates banks and clients, and registers everybody at the market."""
    environment = stack.environment("console")
    market_key = await _issue(environment, "marketplace", "Bazaar")
    operator_key = await _issue(environment, "operator", "Demo operator", "--arbiter")
    deposit_key = stack.site.secret("deposit_keys", "HOLDFAST_DEPOSIT_KEYS").split(",")[0].partition("=")[2]
    world = World(
        stack=stack,
        market=MarketClient(stack.urls["api"], market_key, timeout_s=30.0),
        operator=MarketClient(stack.urls["api"], operator_key, timeout_s=30.0),
        payment_system=MarketClient(stack.urls["api"], deposit_key, timeout_s=30.0),
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


async def _issue(environment: Mapping[str, str], kind: str, name: str, *more: str) -> str:
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
            user = await world.market.user(owner["name"], owner["email"])
            account = await world.market.account(user["id"], row["number"], row["currency"], payout=True)
            person = Person(owner["name"], owner["email"], row["number"], row["bank_id"], user["id"], account["id"])
            path = f"/users/{person.user_id}/accounts/{person.account_id}"
            await world.market.make(f"{path}/codes", {})
            await world.market.make(f"{path}/confirmation", {"code": await world.code(person)})
        return person

    for person in await asyncio.gather(*(register(row) for row in await world.bank.accounts())):
        cast = world.cast.setdefault(person.bank_id, [])
        (cast if len(cast) < CAST_PER_BANK else world.crowd).append(person)
