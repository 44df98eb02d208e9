"""Ownership of accounts: the bank says whether one exists, and a code to its owner confirms one claim."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest_asyncio
from sqlalchemy import text

from bank.client import Done, Refused, Unknown
from bank.ownership import KnownAccount, ask_owner, confirm_ownership
from bank.service.refusals import UnknownAccount
from devstack.mailbox import Mailbox
from domain.money import Money
from tests.fixtures.bank import Party, RunningBank, done, fresh_bank, read_code, refused
from tests.fixtures.databases import Databases

WRONG = "0000-0000"


@dataclass
class Owner:
    """The owner of an account, asked about the claim `reference` of the shop."""

    bank: RunningBank
    party: Party
    reference: str = "account/1"

    async def code(self) -> str:
        after = self.bank.mailbox.last_id
        done(await self.bank.client.send(ask_owner(self.bank.key("ask"), self.party.number, self.reference)))
        mail = await self.bank.mailbox.wait_for(to=self.party.email, after=after)
        assert all(part in mail.text for part in ("shop", self.party.number, self.party.name))
        return read_code(mail.text)

    async def enters(self, code: str) -> object:
        key, now = self.bank.key("confirm"), datetime.now(UTC)
        return await self.bank.client.send(confirm_ownership(key, self.party.number, self.reference, code, now))


@pytest_asyncio.fixture(loop_scope="session")
async def small_bank(databases: Databases, mailbox: Mailbox) -> AsyncIterator[RunningBank]:
    """A bank that sends four codes about an account, for payments and for all else, and no window ends meanwhile."""
    limits = {"codes_sent_per_account": 4, "codes_asked_per_account": 4, "codes_sent_window_s": 10**9}
    async with fresh_bank(databases, mailbox, **limits) as running:
        yield running


async def test_the_bank_says_whether_an_account_exists_and_nothing_about_its_money(bank: RunningBank) -> None:
    number = bank.parties[0].number
    assert await bank.client.known_account(number) == Done(KnownAccount(number, "RUB", closed=False))
    answer = await bank.shop.get(f"/known-accounts/{number}")
    assert answer.json() == {"number": number, "currency": "RUB", "closed": False}
    unknown = Refused("unknown_account", UnknownAccount("number").detail)
    operators = (await bank.client.banks())[0].guarantee_account
    for nobodys in ("0010000000000", operators):
        assert await bank.client.known_account(nobodys) == unknown
        assert await bank.client.send(ask_owner(bank.key("ask"), nobodys, "account/1")) == unknown
    await bank.post(f"/accounts/{number}/closure", {})
    assert await bank.client.known_account(number) == Done(KnownAccount(number, "RUB", closed=True))
    closed = await bank.client.send(ask_owner(bank.key("ask"), number, "account/1"))
    assert refused(closed) == "account_closed"


async def test_the_owners_code_confirms_one_claim_once_and_shows_nothing_of_the_account(bank: RunningBank) -> None:
    owner, another = Owner(bank, bank.parties[0]), Owner(bank, bank.parties[0], "account/2")
    code, others = await owner.code(), await another.code()
    for answer in (await owner.enters(others), await another.enters(code), await owner.enters(WRONG)):
        assert refused(answer) == "code_rejected"
    right = confirm_ownership("confirm/right", owner.party.number, owner.reference, code, datetime.now(UTC))
    assert await bank.client.send(right) == await bank.client.send(right) == Done(owner.party.number)
    again = await owner.enters(code)
    assert refused(again) == "code_rejected"
    async with bank.database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM access_tokens")) == 0
    assert await bank.violations() == []


async def test_questions_about_a_strangers_account_soon_stop_and_its_owner_can_still_pay(
    small_bank: RunningBank,
) -> None:
    bank, victim = small_bank, small_bank.parties[0]
    for number in range(4):
        await Owner(bank, victim, f"claim/{number}").code()
    one_more = await bank.client.send(ask_owner("ask/5", victim.number, "claim/5"))
    assert one_more == Unknown("HTTP 429 too_many_codes_sent") and isinstance(one_more, Unknown)
    assert one_more.code == "too_many_codes_sent" and one_more.retry_after_s
    paying = await bank.open(victim, bank.parties[1], Money(10_000, "RUB"))
    assert await bank.code(paying)
