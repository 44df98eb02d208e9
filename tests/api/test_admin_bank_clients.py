"""Bank clients at /admin: registered, tested, enabled and drained in a browser, and no secret on any page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from devstack.mailbox import Mailbox
from edge.webhooks import new_secret
from tests.fixtures.administration import browser, csrf, log_in
from tests.fixtures.bank import RunningBank
from tests.fixtures.banked import Banked, banked, both_programs
from tests.fixtures.databases import Databases
from tests.fixtures.people import people_of
from tests.fixtures.second_bank import second_bank

__all__ = ["banked", "both_programs"]

PAGE = "/admin/bank-clients"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def second(databases: Databases, mailbox: Mailbox) -> AsyncIterator[RunningBank]:
    async with second_bank(databases, mailbox) as running:
        yield running


async def test_a_client_is_registered_tested_enabled_and_drained(
    banked: Banked, second: RunningBank, hashed_password: str
) -> None:
    admin = await people_of(banked.api, hashed_password).staff(administrator=True)
    secret = new_secret()
    async with browser(banked.api) as client:
        await log_in(client, admin)

        async def send(path: str, page: str, **said: str) -> httpx.Response:
            reply = await client.post(path, data={"csrftoken": csrf(page)} | said)
            return await client.get(reply.headers["location"]) if reply.status_code == 303 else reply

        form = {"name": "Northern", "url": second.url, "timeout_ms": "5000", "max_calls": "30"}
        listed = (await client.get(PAGE)).text
        assert "No other client is registered." in listed
        wrong = await send(f"{PAGE}/new", listed, **form | {"url": "http://banks.example"}, api_key="a-secret-key")
        assert wrong.status_code == 422 and "must begin with https://" in wrong.text
        assert "a-secret-key" not in wrong.text and 'value="Northern"' in wrong.text
        made = await send(f"{PAGE}/new", wrong.text, **form, api_key=second.payments_key, webhook_secret=secret)
        at = f"{PAGE}/{re.findall(rf'{PAGE}/([0-9a-f-]{{36}})/state', made.text)[0]}"
        tested = await send(f"{at}/test", made.text)
        assert "It answers and serves 3 banks." in tested.text
        enabled = await send(f"{at}/state", tested.text, state="enabled")
        assert "its banks are open for payments" in enabled.text and "Amber Bank 501" in enabled.text
        drained = await send(f"{at}/state", enabled.text, state="draining")
        assert "Nothing new begins" in drained.text or "nothing new begins" in drained.text
        changed = await send(f"{at}/change", drained.text, **form | {"max_calls": "7"}, api_key="", webhook_secret="")
        gone = await send(f"{at}/state", changed.text, state="disabled")
        assert "Disabled: it is not called." in gone.text
        pages = (wrong, made, tested, enabled, drained, changed, gone, await client.get(PAGE))
    assert not any(hidden in page.text for page in pages for hidden in (second.payments_key, secret))
    [(state, calls)] = await banked.api.rows("SELECT state, max_calls FROM bank_clients")
    assert (state, calls) == ("disabled", 7)
