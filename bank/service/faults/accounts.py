"""Test accounts: well-known numbers at each bank, whose payments always meet the same fault.

As a bank's fault rules they work only where faults are on. A number is the bank's id and one of `ENDINGS`. Of the
payer's steps (`open`, `code`, `debit`, `capture`, `void`, `refund`) the payer's account decides, of `credit` and
`payout` the payee's. docs/sandbox.md lists them; a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.faults.rules import Drawn, Rule, draw
from bank.service.models import Code, CountedRequest, OperationRow, RequestRow
from bank.service.requests.gate import Arrived
from bank.service.rules.accounts import bank_of_account
from edge.database import Database


@dataclass(frozen=True, slots=True)
class TestAccount:
    """`does` is a sentence for people. Of `rule`, `times` counts the requests with one key that meet it.

    `codes`: only while the operation has had so many codes. `requests`: only the first so many, with keys of their own.
    `slow`: its delay is the setting's.
    """

    __test__ = False  # no test, though pytest would think so

    name: str
    does: str
    rule: Mapping[str, Any]
    codes: int | None = None
    requests: int | None = None
    slow: bool = False

    def rule_now(self, arrivals: int, delay_s: float) -> Rule:
        """The rule as it applies to a request that arrives with its key for the `arrivals`-th time."""
        times = self.rule.get("times")
        rule = {"probability": 1.0, **self.rule, "times": None if times is None else max(times + 1 - arrivals, 0)}
        if self.slow and rule["do"] == "delay":
            rule["delay"] = {"kind": "constant", "seconds": delay_s}
        elif self.slow:
            rule |= {"late_s": delay_s, "withhold_s": delay_s}
        return rule


def _refuses(code: str, *steps: str) -> Rule:
    return {"do": "refuse", "steps": steps, "code": code}


_BOTH: Final = ("debit", "credit")

# By what follows the bank's id in the number.
ENDINGS: Final[Mapping[str, TestAccount]] = {
    "0000000001": TestAccount(
        "insufficient_funds",
        "Never has the money: refused before a code is sent.",
        _refuses("insufficient_funds", "open"),
    ),
    "0000000002": TestAccount(
        "insufficient_funds_at_debit",
        "Has spent the money meanwhile: refused after the right code.",
        _refuses("insufficient_funds", "debit"),
    ),
    "0000000003": TestAccount(
        "closed_at_debit",
        "Is closed meanwhile: refused after the right code.",
        _refuses("account_closed", "debit"),
    ),
    "0000000004": TestAccount(
        "first_code_expires",
        "The first code expires at once and is rejected; the second one is accepted.",
        _refuses("code_rejected", "debit"),
        codes=1,
    ),
    "0000000005": TestAccount(
        "codes_expire",
        "Each code expires at once and is rejected.",
        _refuses("code_rejected", "debit"),
    ),
    "0000000006": TestAccount(
        "slow",
        "Debit and credit take ten minutes.",
        {"do": "delay", "steps": _BOTH, "times": 1},
        slow=True,
    ),
    "0000000007": TestAccount(
        "answers_later",
        "Debit and credit are answered with 202, and ten minutes later with a webhook.",
        {"do": "accept", "steps": _BOTH, "times": 1, "webhook": "late"},
        slow=True,
    ),
    "0000000008": TestAccount(
        "loses_answers",
        "Debit and credit are done, and the answer never comes; it is found by its key.",
        {"do": "lose", "steps": _BOTH, "times": 1},
    ),
    "0000000009": TestAccount(
        "unavailable",
        "Debit and credit are answered with 503 twice, and then done.",
        {"do": "fail", "when": "before", "status": 503, "steps": _BOTH, "times": 2},
    ),
    "0000000010": TestAccount(
        "wrong_amount",
        "The debit is done, and its answer names another amount, also when it is asked for.",
        {"do": "wrong_amount", "stored": "lie", "steps": ("debit",)},
    ),
    "0000000011": TestAccount(
        "refuses_credits",
        "As the seller's account: refuses credits and withdrawals as closed.",
        _refuses("account_closed", "credit", "payout"),
    ),
    "0000000012": TestAccount(
        "refuses_first_refund",
        "Is debited; of each debit the first refund is refused, and the second one done.",
        _refuses("guarantee_exhausted", "refund"),
        requests=1,
    ),
}


def numbers_of(bank_id: int) -> dict[str, TestAccount]:
    """The bank's test accounts by number."""
    return {f"{bank_id:03d}{ending}": account for ending, account in ENDINGS.items()}


async def draw_for_account(database: Database, arrived: Arrived, delay_s: float) -> Drawn | None:
    """What a write meets because of its test account; None when it has none, or one that does nothing at this step."""
    about, step = arrived.step.about, arrived.step.name
    if about is None:
        return None
    async with database.reading() as session:
        number = about if bank_of_account(about) is not None else await _payer_of(session, about)
        account = ENDINGS.get((number or "")[3:])
        if account is None or step not in account.rule["steps"]:
            return None
        if account.codes is not None and await _codes_of(session, about) > account.codes:
            return None
        arrivals = await _arrivals(session, arrived)
    if account.requests is not None:
        place = await database.run(lambda session: _place(session, about, step, arrived.key or ""))
        if place > account.requests:
            return None
    drawn, _ = draw([account.rule_now(arrivals, delay_s)], 0, 0, step)
    return drawn


async def _payer_of(session: AsyncSession, operation: str) -> str | None:
    number: str | None = await session.scalar(select(OperationRow.payer_account).where(OperationRow.key == operation))
    return number


async def _codes_of(session: AsyncSession, operation: str) -> int:
    return await session.scalar(select(func.count()).where(Code.operation_key == operation)) or 0


async def _arrivals(session: AsyncSession, arrived: Arrived) -> int:
    """How often a request with this key has arrived, this one included."""
    same = (RequestRow.key == arrived.key, RequestRow.caller == arrived.caller, RequestRow.id <= arrived.number)
    return await session.scalar(select(func.count()).where(*same)) or 0


async def _place(session: AsyncSession, operation: str, step: str, key: str) -> int:
    """Which of the keys used for the operation's `step` this one is, from 1 on."""
    values = {"operation": operation, "step": step, "key": key}
    await session.execute(insert(CountedRequest).values(values).on_conflict_do_nothing())
    mine = select(CountedRequest.id).filter_by(**values).scalar_subquery()
    earlier = select(func.count()).where(
        CountedRequest.operation == operation, CountedRequest.step == step, CountedRequest.id <= mine
    )
    return await session.scalar(earlier) or 0
