"""The environment of the bank's benchmark: a durable PostgreSQL, the bank's program, a mail catcher in this process."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

import bank.service
from bank.client import BankClient
from bank.service.acts.seeds import plant
from bank.service.requests.keys import create_api_key
from devstack.mailbox import Mailbox
from devstack.ports import HOST, free_port
from devstack.postgres import APP, OWNER, PostgresServer
from devstack.programs import MANAGED, answers_ok
from devstack.site import ROOT
from domain.money import Money
from edge.database import Database
from edge.stack_word import STACK_VARIABLE

PEPPER = secrets.token_urlsafe(24)
READY_WITHIN_S = 60.0
CURRENCY = "RUB"
OPENING = Money(100_000_000_00, CURRENCY)
POOL = 20  # above the largest number of concurrent clients
_CODE = re.compile(r"\b([0-9A-Z]{4}-[0-9A-Z]{4})\b")


@dataclass(frozen=True, slots=True)
class Person:
    """A client of a bank with one account."""

    number: str
    bank_id: int
    email: str


@dataclass(frozen=True, slots=True)
class BankStack:
    """`people` by bank: those of the first pay those of the second, so that each payment has a fee."""

    postgres: PostgresServer
    pid: int
    database: Database
    client: BankClient
    mailbox: Mailbox
    payers: list[Person]
    payees: list[Person]

    async def code(self, payer: Person, after: int) -> str:
        """The code of the first mail to the payer after the mail `after`."""
        mail = await self.mailbox.wait_for(to=payer.email, after=after)
        match = _CODE.search(mail.text)
        assert match is not None, mail.text
        return match[1]


@asynccontextmanager
async def bank_stack(people: int, seed: int) -> AsyncIterator[BankStack]:
    """Two banks with `people` clients each, in a temporary folder on ports of its own."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="holdfast-bench-"))
        os.chmod(folder, 0o755)  # PostgreSQL runs as another user when we are root
        postgres = PostgresServer(Path(folder, "postgres"))
        await postgres.start()
        stack.push_async_callback(postgres.stop)
        await postgres.create_database("bank")
        await asyncio.to_thread(bank.service.migrate, postgres.url("bank", OWNER), APP)
        mailbox = Mailbox()
        await mailbox.start()
        stack.push_async_callback(mailbox.stop)
        database = Database(postgres.url("bank"), pool_size=2)
        stack.push_async_callback(database.close)
        await database.run(lambda session: plant(session, 2, people, 1, seed, OPENING))
        keys = [
            await create_api_key(database, "shop", [scope], pepper=PEPPER.encode()) for scope in ("payments", "admin")
        ]
        url, pid = await stack.enter_async_context(_program(postgres, mailbox))
        client = BankClient(url, keys[0], timeout_s=60)
        stack.push_async_callback(client.aclose)
        payers, payees = await _people(url, keys[1])
        yield BankStack(postgres, pid, database, client, mailbox, payers, payees)


@asynccontextmanager
async def _program(postgres: PostgresServer, mailbox: Mailbox) -> AsyncIterator[tuple[str, int]]:
    port, word = free_port(), secrets.token_urlsafe(16)
    settings = {
        STACK_VARIABLE: word,
        "HOLDFAST_BANK_DATABASE_URL": postgres.url("bank"),
        "HOLDFAST_BANK_DATABASE_POOL_SIZE": str(POOL),
        "HOLDFAST_BANK_PEPPER": PEPPER,
        "HOLDFAST_BANK_SMTP_URL": mailbox.url,
        "HOLDFAST_BANK_CODE_PAUSE_S": "0",
        "HOLDFAST_BANK_CODES_SENT_PER_ACCOUNT": "1000000",
        "HOLDFAST_BANK_FUNDS_CHECKS_PER_ACCOUNT": "1000000",
        "HOLDFAST_BANK_PORT": str(port),
    }
    passed = {name: value for name, value in os.environ.items() if name not in MANAGED}
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bank.service", env=passed | settings, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        url, deadline = f"http://{HOST}:{port}", time.monotonic() + READY_WITHIN_S
        while not await answers_ok(f"{url}/ready", word):
            assert program.returncode is None and time.monotonic() < deadline, "the bank did not start"
            await asyncio.sleep(0.05)
        yield url, program.pid
    finally:
        if program.returncode is None:
            program.terminate()
        await program.wait()


async def _people(url: str, admin_key: str) -> tuple[list[Person], list[Person]]:
    found: dict[int, list[Person]] = {1: [], 2: []}
    headers = {"Authorization": f"Bearer {admin_key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30) as http:
        items = (await http.get("/api/v1/accounts", params={"limit": 1000})).raise_for_status().json()["items"]
    for item in items:
        if item["owner"] is not None:
            found[item["bank_id"]].append(Person(item["number"], item["bank_id"], item["owner"]["email"]))
    return found[1], found[2]
