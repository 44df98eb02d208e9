"""Limits on wrong codes: per marketplace and overall, safe against parallel tries, and no lock-out."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
from sqlalchemy import text

from bank.client import Operation
from devstack.mailbox import Mailbox
from domain.money import Money
from edge.database import Database
from tests.fixtures.bank import RunningBank, fresh_bank
from tests.fixtures.databases import Databases
from tests.fixtures.viewer import viewer

AMOUNT = Money(10_000, "RUB")
WRONG = "0000-0000"
ONE_WINDOW_S = 10**9  # no window begins or ends while a test runs


@asynccontextmanager
async def limited_bank(
    databases: Databases, mailbox: Mailbox, *, per_caller: int, overall: int = 3_000, per_account: int = 3_000
) -> AsyncIterator[RunningBank]:
    limits = {"code_limit_per_account": per_account, "code_limit_per_caller": per_caller, "code_limit_overall": overall}
    async with fresh_bank(databases, mailbox, **limits, code_limit_window_s=ONE_WINDOW_S) as running:
        yield running


async def debit(bank: RunningBank, operation: Operation, code: str, *, key: str | None = None) -> httpx.Response:
    body = {"code": code, "submitted_at": datetime.now(UTC).isoformat()}
    headers = {"Idempotency-Key": key or bank.key("debit")}
    return await bank.shop.post(f"/operations/{operation.key}/debit", json=body, headers=headers)


def outcome(answer: httpx.Response) -> str:
    return str(answer.json().get("code") or answer.json()["status"])


async def counted(bank: RunningBank) -> dict[str, int]:
    async with bank.database.transaction() as session:
        return {row.caller: row.wrong for row in await session.execute(text("SELECT caller, wrong FROM code_limits"))}


async def tries(bank: RunningBank) -> int:
    async with bank.database.transaction() as session:
        return int(await session.scalar(text("SELECT count(*) FROM code_tries")) or 0)


async def next_window(bank: RunningBank) -> None:
    owner = Database(bank.stored.owner_url, pool_size=1)  # the program itself cannot change what was tried
    async with owner.transaction() as session:
        for table in ("code_limits", "account_limits", "code_tries"):
            await session.execute(text(f"UPDATE {table} SET window_at = window_at - interval '100 years'"))
    await owner.close()


async def test_of_parallel_wrong_codes_for_many_payments_no_more_than_the_limit_are_compared(
    databases: Databases, mailbox: Mailbox
) -> None:
    async with limited_bank(databases, mailbox, per_caller=7) as bank:
        operations = [await bank.open(bank.parties[0], bank.parties[1], AMOUNT) for _ in range(6)]
        for operation in operations:
            await bank.code(operation)
        answers = await asyncio.gather(*(debit(bank, operation, WRONG) for operation in operations for _ in range(10)))
        assert Counter(outcome(answer) for answer in answers)["too_many_wrong_codes"] > 0
        assert {outcome(answer) for answer in answers} == {"code_rejected", "too_many_wrong_codes"}
        assert await tries(bank) == 7
        assert await counted(bank) == {"shop": 7, "": 7}
        assert await bank.violations() == []


async def test_a_right_code_above_the_limit_waits_for_the_next_window_and_is_then_good(
    databases: Databases, mailbox: Mailbox
) -> None:
    async with limited_bank(databases, mailbox, per_caller=2) as bank:
        operation = await bank.open(bank.parties[0], bank.parties[1], AMOUNT)
        code = await bank.code(operation)
        for _ in range(2):
            assert outcome(await debit(bank, operation, WRONG)) == "code_rejected"
        refused = await debit(bank, operation, code, key="debit/right")
        assert (refused.status_code, outcome(refused)) == (429, "too_many_wrong_codes")
        assert int(refused.headers["Retry-After"]) > 0
        assert await tries(bank) == 2
        await next_window(bank)
        body = {"code": code, "submitted_at": datetime.now(UTC).isoformat()}
        path = f"/operations/{operation.key}/debit"
        answer = await bank.shop.post(path, json=body, headers={"Idempotency-Key": "debit/right"})
        assert outcome(answer) == "pause"
        assert await bank.violations() == []


async def test_right_codes_use_nothing_of_the_limit_up(databases: Databases, mailbox: Mailbox) -> None:
    async with limited_bank(databases, mailbox, per_caller=2, overall=2) as bank:
        for _ in range(5):
            operation = await bank.open(bank.parties[0], bank.parties[1], AMOUNT)
            assert outcome(await debit(bank, operation, await bank.code(operation))) == "pause"
        assert await counted(bank) == {"shop": 0, "": 0}
        operation = await bank.open(bank.parties[0], bank.parties[1], AMOUNT)
        code = await bank.code(operation)
        assert outcome(await debit(bank, operation, WRONG)) == "code_rejected"
        assert outcome(await debit(bank, operation, code)) == "pause"
        assert await counted(bank) == {"shop": 1, "": 1}
        assert await bank.violations() == []


async def test_a_marketplace_at_its_limit_locks_no_other_out(databases: Databases, mailbox: Mailbox) -> None:
    async with limited_bank(databases, mailbox, per_caller=3, overall=10) as bank, viewer(bank, "guesser") as guesser:
        owner = bank.parties[1]
        await guesser.code(owner)
        answers = [await guesser.exchange(owner.number, WRONG) for _ in range(5)]
        assert [outcome(answer) for answer in answers] == ["code_rejected"] * 3 + ["too_many_wrong_codes"] * 2
        operation = await bank.open(bank.parties[0], owner, AMOUNT)
        assert outcome(await debit(bank, operation, await bank.code(operation))) == "pause"
        assert await counted(bank) == {"guesser": 3, "shop": 0, "": 3}


async def test_all_marketplaces_together_have_a_limit_too(databases: Databases, mailbox: Mailbox) -> None:
    async with limited_bank(databases, mailbox, per_caller=3, overall=4) as bank, viewer(bank, "guesser") as guesser:
        owner = bank.parties[1]
        await guesser.code(owner)
        for _ in range(3):
            assert outcome(await guesser.exchange(owner.number, WRONG)) == "code_rejected"
        operation = await bank.open(bank.parties[0], owner, AMOUNT)
        code = await bank.code(operation)
        answers = await asyncio.gather(*(debit(bank, operation, WRONG) for _ in range(3)))
        assert Counter(outcome(answer) for answer in answers) == {"code_rejected": 1, "too_many_wrong_codes": 2}
        assert await counted(bank) == {"guesser": 3, "shop": 1, "": 4}
        assert outcome(await debit(bank, operation, code)) == "too_many_wrong_codes"
        await next_window(bank)
        assert outcome(await debit(bank, operation, code)) == "pause"
        assert await bank.violations() == []


async def test_guesses_at_one_account_stop_there_and_leave_the_callers_other_accounts_alone(
    databases: Databases, mailbox: Mailbox
) -> None:
    async with (
        limited_bank(databases, mailbox, per_caller=8, per_account=4) as bank,
        viewer(bank, "guesser") as guesser,
    ):
        guessed, other = bank.parties[0], bank.parties[1]
        operations = [await bank.open(guessed, other, AMOUNT) for _ in range(4)]
        codes = [await bank.code(operation) for operation in operations]
        answers = await asyncio.gather(*(debit(bank, operation, WRONG) for operation in operations for _ in range(5)))
        assert Counter(outcome(answer) for answer in answers) == {"code_rejected": 4, "too_many_wrong_codes": 16}
        assert outcome(await debit(bank, operations[3], codes[3])) == "too_many_wrong_codes"
        assert await counted(bank) == {"shop": 4, "": 4}

        paying = await bank.open(other, guessed, AMOUNT)
        assert outcome(await debit(bank, paying, await bank.code(paying))) == "pause"
        # What one marketplace's guesses used up of an account is not missing to its owner elsewhere.
        assert (await guesser.exchange(guessed.number, await guesser.code(guessed))).status_code == 201

        await next_window(bank)
        assert outcome(await debit(bank, operations[3], codes[3])) == "pause"
        assert await bank.violations() == []
