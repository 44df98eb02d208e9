"""Debits with their credits per second through the bank's program, compared with plain statements in the same run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from statistics import median

from bank.service.audit import audit
from bench import cpu, report
from bench.bank_load import BankLoad, Ready, bank_load
from bench.bank_plain import make_plain, plain_rate
from bench.bank_stack import BankStack, bank_stack
from bench.bank_steps import STEPS, Costs, costs_of_steps
from bench.options import Options
from edge.database import Database

PEOPLE = 16
PLAIN_PER_PAYMENT = 20  # plain statements are so much faster that as many would finish in a moment


@dataclass(frozen=True, slots=True)
class Mode:
    """The number of clients, and whether all money goes to one account."""

    name: str
    clients: int
    hot: bool


MODES = (
    Mode("1 client", 1, hot=False),
    Mode("16 clients", 16, hot=False),
    Mode("16 clients, one hot account", 16, hot=True),
)


@dataclass
class Rates:
    """Per second, one figure per round."""

    one_call: list[float] = field(default_factory=list)
    three_calls: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)


async def run(options: Options) -> None:
    """Prints the figures. Raises AssertionError when money is missing afterwards."""
    async with bank_stack(PEOPLE, options.seed) as stack:
        await make_plain(stack)
        load = await bank_load(stack)
        settings = await report.settings_of_database(stack.database)
        costs = await costs_of_steps(stack, load)
        rates = {mode: Rates() for mode in MODES}
        used: dict[str, float] = {}
        for number in range(options.rounds):
            for mode in MODES:
                payments = max(options.payments // options.rounds, mode.clients)
                await _round(stack, load, mode, payments, rates[mode], used)
                plain = await plain_rate(stack, payments * PLAIN_PER_PAYMENT, mode.clients, hot=mode.hot)
                rates[mode].plain.append(plain)
                report.progress(f"round {number + 1} of {options.rounds}, {mode.name}: plain {plain:.0f}/s")
        await _must_balance(stack.database)
    _show(options, settings, costs, rates, used)


async def _round(
    stack: BankStack, load: BankLoad, mode: Mode, payments: int, rates: Rates, used: dict[str, float]
) -> None:
    kinds: tuple[tuple[list[float], Callable[[Ready], Awaitable[None]]], ...] = (
        (rates.one_call, load.pay_in_one),
        (rates.three_calls, load.pay_in_three),
    )
    parts = {"bank": stack.pid, "PostgreSQL": stack.postgres.pid or 0}
    for found, do in kinds:
        ready = await load.prepared(payments, hot=mode.hot)
        before = cpu.used_s(parts)
        found.append(await load.rate(ready, mode.clients, do))
        for part, seconds in cpu.less(cpu.used_s(parts), before).items():
            name = f"{part}, {do.__name__}, {mode.name}"
            used[name] = used.get(name, 0.0) + seconds / payments
        report.progress(f"{mode.name}, {do.__name__}: {found[-1]:.1f}/s")


async def _must_balance(database: Database) -> None:
    async with database.transaction() as session:
        found = await audit(session)
    assert found.clean, found.violations


def _show(
    options: Options,
    settings: dict[str, str],
    costs: dict[str, Costs],
    rates: dict[Mode, Rates],
    used: dict[str, float],
) -> None:
    print("Bank: debit and credit through HTTP, beside plain statements on the same PostgreSQL\n")
    for name, value in settings.items():
        print(f"  {name:<20} {value}")
    print(f"  {'payments':<20} {options.payments} of each kind and mode in {options.rounds} rounds, in turn\n")
    print(f"  {'per second (medians)':<30} {'one call':>9} {'three':>9} {'plain':>9} {'ratio':>7} {'ratio':>7}")
    for mode, found in rates.items():
        one, three, plain = median(found.one_call), median(found.three_calls), median(found.plain)
        print(f"  {mode.name:<30} {one:>9.1f} {three:>9.1f} {plain:>9.0f} {one / plain:>7.3f} {three / plain:>7.3f}")
    print(f"\n  {'step alone':<12} {'statements':>10} {'round trips':>12} {'PostgreSQL ms':>14} {'whole ms':>9}")
    for step in STEPS:
        cost = costs[step]
        figures = (
            f"{len(cost.statements):>10} {cost.round_trips:>12.0f} {cost.postgres_ms:>14.2f} {cost.whole_ms:>9.2f}"
        )
        print(f"  {step:<12} {figures}")
    for step in STEPS:
        print(f"\n  {step}:")
        for statement in costs[step].statements:
            print(f"    {statement[:90]}")
    print("\n  processor ms per payment")
    for name, seconds in used.items():
        print(f"  {name:<56} {seconds / options.rounds * 1000:>8.1f}")
