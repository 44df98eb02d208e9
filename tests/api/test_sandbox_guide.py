"""docs/sandbox.md is true: it lists every test account, and its calls are sent as written to a whole market."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bank.service.faults.accounts import ENDINGS
from devstack.mail import application
from edge.sealing import Sealer
from edge.serving import serving
from store.people.api_keys import issue_key
from tests.fixtures.bank import read_code
from tests.fixtures.guides import GuideCall, calls_of, sent
from tests.fixtures.market import market_settings, serving_api
from tests.fixtures.sagas import Market, eventually

GUIDE: Final = Path(__file__).parents[2] / "docs/sandbox.md"
ROW: Final = re.compile(r"^\| `(\d{10})` \| `(\w+)` \| (.+?) \|", re.MULTILINE)
PAYMENT, DEADLINES = "## One payment from a test account", "## Deadlines at once"
SECRET: Final = b"s" * 32


@dataclass
class Sandbox:
    """`known`: what a shell knows that sends the guide's calls."""

    market: Market
    known: dict[str, str]
    last_code: str = ""

    async def send(self, call: GuideCall) -> Any:
        """The call's answer, which is as the guide says; what it names is known from then on."""
        if call.mail:
            self.known[call.name] = self.last_code = await eventually(
                lambda: self._newest(call), lambda code: code not in ("", self.last_code), "a code"
            )
            return None
        answered, shown = await sent(call.command, self.known)
        assert answered == call.status, shown
        self.known |= {call.name: str(shown["id"])} if call.name else {}
        return shown

    async def _newest(self, call: GuideCall) -> str:
        _, mails = await sent(call.command, self.known)
        return read_code(mails[-1]["text"]) if mails else ""


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(idle_market: Market) -> AsyncIterator[Sandbox]:
    """A market with all its programs, and test accounts at its banks."""
    market = idle_market
    await market.bank.post("/test-accounts", {}, key="test-accounts")
    market.sealer = Sealer([SECRET])
    settings = market_settings(
        market.stored,
        bank_url=market.bank.url,
        bank_api_key=SecretStr(market.bank.payments_key),
        sealing_keys=SecretStr(base64.b64encode(SECRET).decode()),
    )
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(serving_api(market.stored, settings, market.sagas))
        mails = await stack.enter_async_context(serving(application(market.mailbox), "127.0.0.1", 0))
        async with market.database.transaction() as session:
            key = await issue_key(session, settings.pepper_bytes, marketplace_id=market.marketplace_id)
        await stack.enter_async_context(market.working())
        newest = market.mailbox.mails(to="test-accounts@example.test")[-1:]
        known = {"API": f"{served.address}/api/v1", "KEY": key, "MAILS": mails}
        yield Sandbox(market, known, read_code(newest[0].text) if newest else "")


def test_every_test_account_is_listed_with_its_name_and_what_it_does() -> None:
    assert ROW.findall(GUIDE.read_text()) == [(end, account.name, account.does) for end, account in ENDINGS.items()]


@pytest.mark.parametrize(("number", "state"), [("0010000000002", "failed"), ("0010000000009", "completed")])
async def test_the_calls_of_a_payment_lead_to_the_end_that_the_table_says(
    sandbox: Sandbox, number: str, state: str
) -> None:
    sandbox.known["NUMBER"] = number
    *calls, last = calls_of(GUIDE, PAYMENT, DEADLINES)
    for call in calls:
        await sandbox.send(call)
    payment = await eventually(lambda: sandbox.send(last), lambda seen: seen["state"] == state, state)
    assert payment["id"] == sandbox.known["PAYMENT"]
    assert f"`{state}`" in next(line for line in GUIDE.read_text().splitlines() if number[3:] in line)


async def test_the_calls_about_time_make_a_proposal_lapse_at_once(sandbox: Sandbox) -> None:
    people = [call for call in calls_of(GUIDE, PAYMENT, DEADLINES) if call.name in ("BUYER", "SELLER")]
    *calls, last = calls_of(GUIDE, DEADLINES)
    for call in (*people, *calls):
        await sandbox.send(call)
    lapsed = await eventually(lambda: sandbox.send(last), lambda seen: seen["state"] == "lapsed", "lapsed")
    assert lapsed["now"] > lapsed["answer_by"]
