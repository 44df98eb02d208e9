"""The bank as the process that people start: `python -m bank.service`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx
import pytest

from bank.service.settings import BankSettings
from devstack.mailbox import Mailbox
from devstack.postgres import PostgresServer
from edge.startup import WrongSettings, load
from tests.fixtures.bank import PEPPER, RunningBank
from tests.fixtures.databases import Databases
from tests.fixtures.patience import until

ROOT = Path(__file__).parents[2]


@pytest.mark.source("discussion:89-92")
async def test_it_migrates_serves_and_stops_on_request(
    databases: Databases, postgres: PostgresServer, mailbox: Mailbox, unused_tcp_port: int
) -> None:
    stored = databases.named("bank_program")
    await postgres.create_database(stored.name)
    environment = {
        **os.environ,
        "HOLDFAST_BANK_DATABASE_URL": stored.url,
        "HOLDFAST_BANK_DATABASE_OWNER_URL": stored.owner_url,
        "HOLDFAST_BANK_PEPPER": PEPPER,
        "HOLDFAST_BANK_SMTP_URL": mailbox.url,
        "HOLDFAST_BANK_PORT": str(unused_tcp_port),
    }

    async def start(*arguments: str) -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "bank.service", *arguments)
        return await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}", trust_env=False) as http:

        async def ready() -> int:
            try:
                return (await http.get("/ready")).status_code
            except httpx.TransportError:
                return 0

        program = await start()
        assert await until(ready, bool) == 503  # not migrated yet
        assert await (await start("migrate")).wait() == 0
        assert await until(ready, lambda status: status == 200)
        assert (await http.get("/health")).json() == {"status": "ok"}
        program.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(program.wait(), 120) in (0, -signal.SIGTERM)
        assert await (await start("nonsense")).wait() == 2
    await postgres.drop_database(stored.name)


@pytest.mark.parametrize(
    ("host", "proxies", "starts"),
    [
        ("127.0.0.1", None, True),
        ("::1", None, True),
        ("0.0.0.0", None, False),
        ("::", None, False),
        ("192.0.2.1", None, False),
        ("0.0.0.0", "none", True),
        ("0.0.0.0", "192.0.2.0/24, 2001:db8::/32", True),
        ("0.0.0.0", "everybody", False),
        ("0.0.0.0", "192.0.2.1/24", False),
    ],
)
def test_where_others_can_reach_it_it_needs_its_trusted_proxies(
    monkeypatch: pytest.MonkeyPatch, host: str, proxies: str | None, starts: bool
) -> None:
    given = {"DATABASE_URL": "x", "PEPPER": PEPPER, "SMTP_URL": "x", "HOST": host, "TRUSTED_PROXIES": proxies}
    for name, value in given.items():
        if value is not None:
            monkeypatch.setenv(f"HOLDFAST_BANK_{name}", value)
    if starts:
        load(BankSettings)
    else:
        with pytest.raises(WrongSettings, match="HOLDFAST_BANK_TRUSTED_PROXIES"):
            load(BankSettings)


async def test_a_head_that_is_too_large_is_refused_and_the_connection_closed(bank: RunningBank) -> None:
    reader, writer = await asyncio.open_connection(*bank.url.removeprefix("http://").split(":"))
    writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\nCookie: " + b"c" * 20_000 + b"\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 431 ")
    writer.close()
    answer = await bank.shop.get("/banks")
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff")


async def test_a_body_with_a_content_coding_is_refused(bank: RunningBank) -> None:
    coded = await bank.shop.put(
        "/webhook-endpoint", json={"url": "https://shop.example/"}, headers={"Content-Encoding": "gzip"}
    )
    assert (coded.status_code, coded.json()["code"]) == (415, "unsupported_encoding")
    assert (await bank.shop.get("/webhook-endpoint")).status_code == 404
