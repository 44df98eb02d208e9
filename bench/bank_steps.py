"""The cost of each step of a payment: statements and round trips from PostgreSQL's own log, and time."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bank.client import Call, refund, request_code
from bench.bank_load import BankLoad
from bench.bank_stack import BankStack
from bench.counts import logged

SAMPLES = 9
LOGGED_WITHIN_S = 0.1  # the server writes a line before it answers; this is for the file system
STEPS = ("open", "code", "debit", "capture", "credit", "pay", "refund")
_LINE = re.compile(r"^(\d+) LOG:  duration: ([0-9.]+) ms  (parse|bind|execute|statement)[^:\n]*:\s*(.*)$", re.MULTILINE)
# The bank's own dispatchers for messages and webhooks, which run once or twice a second without any request.
_REDRIVES = ("SELECT anon_1.id", "SELECT code_messages.code_id", "UPDATE code_messages SET sealed")


Line = tuple[str, float, str, str]  # process, milliseconds, phase, SQL


@dataclass(frozen=True, slots=True)
class Sample:
    """One step once: statements executed, round trips to the server, its milliseconds and the caller's."""

    statements: list[str]
    round_trips: int
    postgres_ms: float
    whole_ms: float


@dataclass
class Costs:
    """Medians of the samples."""

    samples: list[Sample] = field(default_factory=list)

    @property
    def statements(self) -> list[str]:
        """Those of a sample with the median number."""
        wanted = median(len(sample.statements) for sample in self.samples)
        return min((sample.statements for sample in self.samples), key=lambda one: abs(len(one) - wanted))

    @property
    def round_trips(self) -> float:
        return median(sample.round_trips for sample in self.samples)

    @property
    def postgres_ms(self) -> float:
        return median(sample.postgres_ms for sample in self.samples)

    @property
    def whole_ms(self) -> float:
        return median(sample.whole_ms for sample in self.samples)


async def costs_of_steps(stack: BankStack, load: BankLoad, samples: int = SAMPLES) -> dict[str, Costs]:
    """Each step alone, `samples` times, after as many to warm up."""
    costs = {step: Costs() for step in STEPS}
    async with logged(stack.postgres, "%p "):
        for number in range(2 * samples):
            found = await _one_payment(stack, load)
            if number >= samples:
                for step, sample in found.items():
                    costs[step].samples.append(sample)
    return costs


async def _one_payment(stack: BankStack, load: BankLoad) -> dict[str, Sample]:
    payer, payee = stack.payers[0], stack.payees[0]
    found: dict[str, Sample] = {}

    async def step(name: str, call: Call[Any]) -> Any:
        begun, start = stack.postgres.log.stat().st_size, time.monotonic()
        value = await load.done(call)
        whole_ms = (time.monotonic() - start) * 1000
        await asyncio.sleep(LOGGED_WITHIN_S)
        with stack.postgres.log.open() as log:
            log.seek(begun)
            found[name] = _sample(log.read(), whole_ms)
        return value

    operation = await step("open", load.opening(payer, payee))
    await step("code", request_code(f"{operation.key}/code", operation.key))
    [held, paid] = await load.prepared(2, hot=True)
    await step("debit", load.debiting(held))
    await step("capture", load.capturing(held))
    await step("credit", load.crediting(held))
    await step("pay", load.paying(paid))
    await step("refund", refund(f"{paid.operation.key}/refund", [paid.operation.key], fee="returned"))
    return found


def _sample(log: str, whole_ms: float) -> Sample:
    lines = _without_dispatchers([(pid, float(ms), phase, sql) for pid, ms, phase, sql in _LINE.findall(log)])
    # A prepared statement is bound and executed in one round trip; its preparation, once per connection, is another.
    trips = sum(phase in ("parse", "execute", "statement") for _, _, phase, _ in lines)
    statements = [sql for _, _, phase, sql in lines if phase in ("execute", "statement")]
    return Sample(statements, trips, sum(ms for _, ms, _, _ in lines), whole_ms)


def _without_dispatchers(lines: list[Line]) -> list[Line]:
    """Everything except complete transactions of the redrives, each of which has a connection of its own meanwhile."""
    kept: list[Line] = []
    begun: dict[str, list[Line]] = {}
    for line in lines:
        pid, _, _, sql = line
        if sql.startswith("BEGIN") and pid not in begun:
            begun[pid] = []
        if pid not in begun:
            kept.append(line)
            continue
        begun[pid].append(line)
        if sql.startswith(("COMMIT", "ROLLBACK")):
            transaction = begun.pop(pid)
            if not any(sql.startswith(_REDRIVES) for _, _, _, sql in transaction):
                kept += transaction
    # A transaction still open when the log was read cannot be attributed to a redriver, so it counts.
    return kept + [line for transaction in begun.values() for line in transaction]
