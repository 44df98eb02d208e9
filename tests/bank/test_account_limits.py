"""Limits per account: codes to its owner from all callers, and what a shop learns about its money."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bank.client import Operation, Refused, Unknown, open_operation
from bank.service.refusals import insufficient_funds
from devstack.mailbox import Mailbox
from domain.money import Money
from tests.bank.test_code_limits import next_window
from tests.fixtures.bank import OPENING_MINOR, Party, RunningBank, done, fresh_bank
from tests.fixtures.databases import Databases
from tests.fixtures.viewer import viewer

AMOUNT = Money(10_000, "RUB")
OPENING = Money(OPENING_MINOR, "RUB")
KOPECK = Money(1, "RUB")
LIMIT = 4


@pytest_asyncio.fixture(name="bank", loop_scope="session")
async def limited_bank(databases: Databases, mailbox: Mailbox) -> AsyncIterator[RunningBank]:
    """A bank with small limits, in windows that neither begin nor end while a test runs."""
    limits = {"codes_sent_per_account": LIMIT, "funds_checks_per_account": LIMIT}
    windows = {"codes_sent_window_s": 10**9, "funds_window_s": 10**9}
    async with fresh_bank(databases, mailbox, **limits, **windows) as running:
        yield running


async def _send(bank: RunningBank, operation: Operation) -> Any:
    headers = {"Idempotency-Key": bank.key("code")}
    return await bank.shop.post(f"/operations/{operation.key}/codes", json={}, headers=headers)


def _outcome(answer: httpx.Response) -> str:
    return str(answer.json().get("code") or answer.status_code)


@asynccontextmanager
async def _asking(bank: RunningBank, payer: Party, amount: Money) -> AsyncIterator[dict[str, Any]]:
    """The body of a question about the payer's funds for an operation of the shop."""
    operation = await bank.open(payer, bank.parties[-1], amount)
    yield {"account": payer.number, "amount": amount.amount, "currency": "RUB", "operation": operation.key}


async def test_the_owner_of_an_account_gets_so_many_codes_from_all_callers_together(bank: RunningBank) -> None:
    payer, other = bank.parties[0], bank.parties[1]
    operations = [await bank.open(payer, other, AMOUNT) for _ in range(LIMIT + 2)]
    before = bank.mailbox.last_id
    answers = await asyncio.gather(*(_send(bank, operation) for operation in operations))
    assert Counter(_outcome(answer) for answer in answers) == {"201": LIMIT, "too_many_codes_sent": 2}
    assert {answer.status_code for answer in answers} == {201, 429}
    assert len(bank.mailbox.mails(to=payer.email, after=before)) == LIMIT

    await next_window(bank)
    late = operations[[_outcome(answer) for answer in answers].index("too_many_codes_sent")]
    assert (await _send(bank, late)).status_code == 201


@pytest.mark.source("bank client:1-4", "bank client:140-141", "marketplace:109-114")
async def test_funds_are_reported_only_for_an_operation_or_with_the_owners_consent(bank: RunningBank) -> None:
    payer = bank.parties[0]
    async with _asking(bank, payer, AMOUNT) as body:
        answer = await bank.shop.post("/funds-checks", json=body)
        assert (answer.status_code, answer.json()) == (200, {"sufficient": True})
        without = {name: value for name, value in body.items() if name != "operation"}
        assert _outcome(await bank.shop.post("/funds-checks", json=without)) == "consent_needed"
        for wrong in ({"amount": "1.00"}, {"account": bank.parties[1].number}):
            assert _outcome(await bank.shop.post("/funds-checks", json=body | wrong)) == "operation_differs"
        foreign = body | {"operation": "op-001-00000000000000000000"}
        assert _outcome(await bank.shop.post("/funds-checks", json=foreign)) == "unknown_operation"
        async with viewer(bank, "seeing shop", "payments") as seeing:
            token = {"Account-Token": await seeing.token(payer)}
            assert (await seeing.http.post("/funds-checks", json=without, headers=token)).json() == {"sufficient": True}
            assert _outcome(await seeing.http.post("/funds-checks", json=body)) == "unknown_operation"


async def test_questions_about_an_account_come_to_an_end_and_openings_say_no_more_about_its_money(
    bank: RunningBank,
) -> None:
    payer, payee = bank.parties[0], next(each for each in bank.parties[1:] if each.bank_id == bank.parties[0].bank_id)
    too_much = open_operation("too-much/1", payer.number, payee.number, OPENING + KOPECK, Money(0, "RUB"), "deal/1")
    assert await bank.client.send(too_much) == Refused("insufficient_funds", insufficient_funds().detail)
    operation = await bank.open(payer, payee, OPENING)
    for _ in range(LIMIT - 2):
        assert await bank.client.check_funds(payer.number, OPENING, operation.key) is True
    refused = await bank.client.check_funds(payer.number, OPENING, operation.key)
    assert refused == Unknown("HTTP 429 too_many_funds_checks")

    # As good as any other, until the owner's own code: then the bank says what is missing.
    opened = done(
        await bank.client.send(
            open_operation("too-much/2", payer.number, payee.number, OPENING + KOPECK, Money(0, "RUB"), "deal/2")
        )
    )
    code = await bank.code(opened)
    body = {"code": code, "submitted_at": opened.created_at.isoformat()}
    headers = {"Idempotency-Key": "debit/1"}
    debit = await bank.shop.post(f"/operations/{opened.key}/debit", json=body, headers=headers)
    assert (debit.status_code, _outcome(debit)) == (409, "insufficient_funds")
