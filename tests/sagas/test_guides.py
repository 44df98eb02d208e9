"""The guides are true: their Python is run as it is written, against a whole market, and prints what they say."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from pydantic import SecretStr
from temporalio.testing import WorkflowEnvironment

from devstack.mailbox import Mailbox
from edge.sealing import Sealer
from market.feed import number_all
from market.signals import send
from store.people.api_keys import issue_key
from store.people.marketplaces import create_marketplace
from store.people.users import create_user
from tests.fixtures.accounts import own_account
from tests.fixtures.bank import CODE, RunningBank
from tests.fixtures.databases import Databases
from tests.fixtures.market import market_settings, serving_api
from tests.fixtures.python_guides import GUIDES, follow
from tests.fixtures.sagas import Market, open_market

FIRST: Final = "integrate.md"
AFTER_IT: Final = (
    "take-a-payment.md", "partial-payments.md", "refund.md", "dispute.md", "several-marketplaces.md",
    "go-to-production.md",
)  # fmt: skip


@dataclass
class Reader:
    """A developer who works through the guides: reads the mails of people, and knows the number of one more account."""

    mailbox: Mailbox
    number: str
    loop: asyncio.AbstractEventLoop
    since: int
    """The last mail of other tests."""
    known: dict[str, Any] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    """The last mail to each."""

    async def follow(self, guide: str, known: dict[str, Any]) -> int:
        """How many lines were printed. In a thread, because the guides wait; it ends with the process at the latest."""
        done: asyncio.Future[int] = self.loop.create_future()

        def work() -> None:
            try:
                printed = follow(GUIDES / guide, known, self.answer)
                self.loop.call_soon_threadsafe(done.set_result, len(printed))
            except (Exception, SystemExit) as error:  # noqa: BLE001  # the test fails of it
                wrong = AssertionError(f"{guide}: {error!r}")
                wrong.__cause__ = error
                self.loop.call_soon_threadsafe(done.set_exception, wrong)

        threading.Thread(target=work, daemon=True).start()
        return await done

    def answer(self, question: str) -> str:
        if "number" in question:
            return self.number
        owner = "clara" if "owner" in question else "buyer"
        return asyncio.run_coroutine_threadsafe(self.code(f"{owner}@example.test"), self.loop).result()

    async def code(self, to: str) -> str:
        """The next code that was mailed there."""
        while True:
            mail = await self.mailbox.wait_for(to=to, after=self.read.get(to, self.since))
            self.read[to] = mail.id
            if found := CODE.search(mail.text):
                return found[0]


async def _account(bank: RunningBank, bank_id: int, email: str) -> str:
    client = await bank.post("/clients", {"name": email.partition("@")[0].title(), "email": email})
    opened = await bank.post("/accounts", {"bank_id": bank_id, "client_id": client["id"], "currency": "RUB"})
    await bank.post(f"/accounts/{opened['number']}/deposits", {"amount": "100000.00", "currency": "RUB"})
    return str(opened["number"])


async def _people(market: Market) -> None:
    """Those whom `make up` makes."""
    for bank_id, email in ((2, "seller@example.test"), (1, "buyer@example.test")):
        number = await _account(market.bank, bank_id, email)
        async with market.database.transaction() as session:
            user = await create_user(session, market.marketplace_id, name="One", email=email, reference=None)
            await own_account(session, user, number=number, currency="RUB", payout=True)


async def _number_events(market: Market) -> None:
    while True:
        for signal in (await number_all(market.database))[1]:
            await send(market.sagas, signal)
        await asyncio.sleep(0.1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reader(
    databases: Databases, saga_bank: RunningBank, temporal: WorkflowEnvironment, mailbox: Mailbox
) -> AsyncIterator[Reader]:
    """Has worked through the first guide."""
    async with open_market(databases, saga_bank, temporal, mailbox) as market:
        key = SecretStr(saga_bank.payments_key)
        settings = market_settings(market.stored, bank_url=saga_bank.url, bank_api_key=key, bank_timeout_s=60.0)
        market.sealer = Sealer(settings.sealing_key_bytes)
        async with market.database.transaction() as session:
            os.environ["KEY"] = await issue_key(session, settings.pepper_bytes, marketplace_id=market.marketplace_id)
            other = await create_marketplace(session, "Another")
            os.environ["OTHER_KEY"] = await issue_key(session, settings.pepper_bytes, marketplace_id=other.id)
        await _people(market)
        number = await _account(saga_bank, 3, "clara@example.test")
        async with market.working(), serving_api(market.stored, settings, market.sagas) as served:
            os.environ["API"] = served.address
            numbering = asyncio.create_task(_number_events(market))
            reader = Reader(mailbox, number, asyncio.get_running_loop(), mailbox.last_id)
            await reader.follow(FIRST, reader.known)
            yield reader
            numbering.cancel()
            with suppress(asyncio.CancelledError):
                await numbering
            reader.known["server"].shutdown()
            reader.known["server"].server_close()
            reader.known["client"].get_httpx_client().close()
            for name in ("API", "KEY", "OTHER_KEY"):
                del os.environ[name]


async def test_the_first_guide_leads_to_a_paid_deal_and_to_verified_webhooks(reader: Reader) -> None:
    assert str(reader.known["payment"].state) == "held"
    assert reader.known["events"].empty()


@pytest.mark.parametrize("guide", AFTER_IT)
async def test_a_guide_after_it_does_what_it_says(reader: Reader, guide: str) -> None:
    assert await reader.follow(guide, dict(reader.known)) > 0
    if guide == "partial-payments.md":
        await reader.code("buyer@example.test")  # of the payment that was cancelled: not for the next guide


def test_no_guide_with_python_for_the_client_is_left_out() -> None:
    theirs = {path.name for path in GUIDES.glob("*.md") if "holdfast_client" in path.read_text()}
    assert theirs <= {FIRST, *AFTER_IT}
    assert all("```sh" not in Path(GUIDES / guide).read_text() for guide in AFTER_IT)
