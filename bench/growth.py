"""What a payment costs beside ten deals and beside a hundred thousand, and how long many things at once take."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import text

from bench import cpu, growth_page, report, sizing_page
from bench.counts import counts_of
from bench.figures import PRODUCT
from bench.growth_figures import Cost, Deadlines, Growth, Memory, Parts, Redrive, save, saved
from bench.growth_stand import LOOK_EVERY_S, TASK_QUEUE, WITHIN_S, Stand, stand
from bench.market import PRICE
from bench.options import Options
from bench.payments import prepared
from domain.money import Money, parse_money
from payloads.redriver import RedriveOrder

T = TypeVar("T")

LEADS = 6  # of which each is twice as long as the one before
_NOW = text("SELECT EXTRACT(epoch FROM clock_timestamp())::float8")
_LATE = text(
    "SELECT EXTRACT(epoch FROM final_at - pay_by)::float8 AS late FROM deals"
    " WHERE id = ANY (:ids) AND state = 'expired' ORDER BY late"
)


async def run(options: Options) -> None:
    """Measures, saves the results, and writes the page and its plots from them."""
    folder = Path(options.folder)
    async with stand(options.real, options.clients, options.seed) as made:
        await measure(made, options, folder)
    growth_page.write(saved(folder), folder)
    sizing_page.write(folder)


async def measure(made: Stand, options: Options, folder: Path) -> None:
    """Saves what was found, also when a run of hours fails before its end."""
    settings = await report.settings_of(made.started, made.started.environment("worker"))
    growth = Growth({**settings, **_sizes(options)})
    try:
        await _measure(made, options, growth)
    finally:
        save(growth, folder)


async def _measure(made: Stand, options: Options, growth: Growth) -> None:
    first, *more = sorted(set(options.open))
    await made.open_up(first)
    growth.costs.append(await _cost(made, options))
    await made.close(options.closed)
    for size in (first, *more):
        await made.open_up(size)
        growth.memory.append(Memory(made.asleep, made.worker_kb))
        growth.costs.append(await _cost(made, options))
        if made.asleep == made.open:  # or it would start what is missing
            growth.redrives.append(await _redrive(made))
    growth.deadlines = await _deadlines(made, options.deadlines, options.lead_s)
    growth.parts = await _parts(made, options.parts)
    for number in sorted(set(options.programs)):
        await made.grow_programs(number)
        growth.programs.append(await _cost(made, options, counted=False))


def _sizes(options: Options) -> dict[str, str]:
    return {
        "payments": f"{options.payments} at each size, {options.clients} in flight",
        "deals with a workflow": f"the first {options.real:,}",
        "load average at the start": f"{os.getloadavg()[0]:.1f}",
    }


async def _cost(made: Stand, options: Options, *, counted: bool = True) -> Cost:
    """Of payments as a marketplace makes them."""
    load = await made.load(options.payments)
    postgres, log = made.started.site.postgres, made.started.logs["postgres"]
    if counted:
        counts = await counts_of(postgres, log, PRODUCT, made.database, partial(prepared, load), options.samples)
    _, idle = await _used(made, asyncio.sleep(options.idle_s))
    rate, used = await _used(made, load.round(options.payments, options.clients))
    latencies = await load.latencies()
    programs = sum(name.startswith("worker") for name in made.parts)
    report.progress(f"{made.open} open, {made.closed} closed, {programs} workers: {rate:.2f}/s")
    return Cost(
        open=made.open,
        asleep=made.asleep,
        closed=made.closed,
        programs=programs,
        payments=options.payments,
        per_s=rate,
        cpu_ms=_ms(used, options.payments),
        idle_ms_per_s=_ms(idle, options.idle_s),
        statements=counts.statements if counted else 0.0,
        commits=counts.commits if counted else 0.0,
        held_ms=list(report.percentiles(latencies.held)),
        completed_ms=list(report.percentiles(latencies.completed)),
        load_average=os.getloadavg()[0],
    )


async def _redrive(made: Stand) -> Redrive:
    """The first one signals what it has never signalled; the second finds nothing to do, as most do."""
    seconds, used_s = 0.0, 0.0
    for number in range(2):
        begun = time.monotonic()
        redriving = made.client.execute_workflow(
            "Redrive", RedriveOrder(), id=f"growth/{made.open}/{number}", task_queue=TASK_QUEUE
        )
        _, used = await _used(made, redriving)
        used_s = sum(used.values())
        seconds = time.monotonic() - begun
    report.progress(f"redriven beside {made.open} open deals in {seconds:.2f} s")
    return Redrive(made.open, seconds, 1000 * used_s)


async def _deadlines(made: Stand, deals: int, lead_s: float) -> Deadlines:
    """How long it takes to decide about deals whose time to pay ends in the same instant.

    That is `lead_s` ahead, beside twice the time that they should need to come to sleep; later when they have not.
    """
    for _ in range(LEADS):
        ids, left_s = await _asleep(made, deals, lead_s + 2 * deals / made.woken_per_s)
        if left_s > 0:
            break
        await _all_ended(made, ids)
        lead_s *= 2
    assert left_s > 0, "each deadline came before all workflows slept"
    await asyncio.sleep(left_s)
    late, used = await _used(made, _all_ended(made, ids))
    report.progress(f"{deals} deadlines: all were decided after {late[-1]:.1f} s")
    return Deadlines(deals, made.woken_per_s, late[len(late) // 2], late[-1], _ms(used, deals))


async def _asleep(made: Stand, deals: int, lead_s: float) -> tuple[list[UUID], float]:
    """New deals with one deadline, and the seconds until it once their workflows sleep; none if it came before."""
    async with made.database.transaction() as session:
        at = float(await session.scalar(_NOW) or 0) + lead_s
    begun = time.monotonic()
    ids = await made.copies(deals, pay_by=f"to_timestamp({at})")
    with suppress(TimeoutError):
        await made.wake(ids, within_s=begun + lead_s - time.monotonic())
        return ids, begun + lead_s - time.monotonic()
    return ids, 0.0


async def _all_ended(made: Stand, ids: list[UUID]) -> list[float]:
    """By how many seconds each of the deals was ended after its deadline, in that order, once all are."""
    late: list[float] = []
    async with asyncio.timeout(WITHIN_S):
        while len(late) < len(ids):
            await asyncio.sleep(LOOK_EVERY_S)
            async with made.database.transaction() as session:
                late = list(await session.scalars(_LATE, {"ids": ids}))
    return late


async def _parts(made: Stand, parts: int) -> Parts:
    """A deal that is paid in equal parts, each held before the next begins."""
    load = await made.load(1)
    world, market = made.world, made.world.market
    paid = await load.bought()
    price = parse_money(PRICE, "RUB")
    shares = [price.minor // parts] * (parts - 1)
    shares.append(price.minor - sum(shares))
    times_ms: list[float] = []

    async def pay() -> None:
        for share in shares:
            begun = time.monotonic()
            payment = await market.pay(paid.deal, paid.buyer.account_id, Money(share, "RUB").amount)
            await market.submit(payment.id, await world.code(paid.buyer))
            await market.until_payment(payment.id, "held", "releasing", "completed")
            times_ms.append(1000 * (time.monotonic() - begun))
        await market.until_deal(paid.deal, "completed", within_s=WITHIN_S)

    begun = time.monotonic()
    _, used = await _used(made, pay())
    seconds = time.monotonic() - begun
    report.progress(f"{parts} parts in {seconds:.1f} s")
    return Parts(parts, seconds, times_ms[0], times_ms[-1], _ms(used, parts))


async def _used(made: Stand, work: Awaitable[T]) -> tuple[T, dict[str, float]]:
    """The result, and the processor seconds of each part meanwhile."""
    before = cpu.used_s(made.parts)
    result = await work
    return result, cpu.less(cpu.used_s(made.parts), before)


def _ms(seconds: Mapping[str, float], of: float) -> dict[str, float]:
    return {name: 1000 * used / of for name, used in seconds.items()}
