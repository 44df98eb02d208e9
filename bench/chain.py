"""The scanner over full blocks: what one costs beside many open top-ups and beside none, and a backlog of two hours."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bench import cpu, report
from bench.chain_stand import Market, Stand, stand, statements_of
from bench.options import Options
from payloads.scanner import ScanReport

OPEN = 10_000
TRANSFERS = 300  # of the token in a block, as on a busy day of the main net
ROUND_BLOCKS = 200
BACKLOG_BLOCKS = 2_400  # two hours
FROM_TIME_TO_TIME = 6  # statements
NONE, MANY = "no open top-up", "10,000 open top-ups"
BACKLOG = "a backlog of two hours"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What reading some blocks took. Processor times in milliseconds: of the scanner's process and of PostgreSQL."""

    blocks: int
    arrivals: int
    seconds: float
    scanner_ms: float
    database_ms: float
    statements: int

    @property
    def ms_of_block(self) -> float:
        return (self.scanner_ms + self.database_ms) / self.blocks


@dataclass
class Figures:
    kinds: dict[str, list[Scanned]] = field(default_factory=dict)

    def add(self, name: str, scanned: Scanned) -> None:
        self.kinds.setdefault(name, []).append(scanned)


async def run(options: Options) -> None:
    """Prints the figures. Raises AssertionError when a block costs other statements, or money is not booked exactly."""
    figures = Figures()
    async with stand(OPEN) as all_of_it:
        settings = await report.settings_of_database(all_of_it.many.database)
        for number in range(options.rounds):
            await one_round(all_of_it, figures, ROUND_BLOCKS, TRANSFERS)
            report.progress(f"round {number + 1} of {options.rounds}")
        await backlog(all_of_it, figures, BACKLOG_BLOCKS, TRANSFERS)
    _show(options, settings, figures)


async def one_round(stand: Stand, figures: Figures, blocks: int, transfers: int) -> None:
    """The same blocks read by both markets, in turn, so that other load on the machine affects both."""
    await stand.fill(blocks, transfers, ())
    for name, market in ((NONE, stand.none), (MANY, stand.many)):
        figures.add(name, await _scanned(stand, market))
    alone, beside = figures.kinds[NONE][-1], figures.kinds[MANY][-1]
    # What is looked at from time to time, such as transfers that are held back, may fall into either.
    assert abs(alone.statements - beside.statements) <= FROM_TIME_TO_TIME, (alone, beside)


async def backlog(stand: Stand, figures: Figures, blocks: int, transfers: int) -> None:
    """Every block has one payment to a top-up."""
    await stand.fill(blocks, transfers, stand.addresses[:blocks])
    scanned = await _scanned(stand, stand.many)
    figures.add(BACKLOG, scanned)
    await stand.many.must_be_exact(min(blocks, len(stand.addresses)))


async def _scanned(stand: Stand, market: Market) -> Scanned:
    parts = {"PostgreSQL": stand.postgres.pid or 0}
    before, own, begun = cpu.used_s(parts), _own_s(), time.monotonic()
    done = ScanReport()
    with statements_of(market.database) as statements:
        while (some := await market.scanner.round(stand.chain)).blocks:
            done += some
    server_s = cpu.less(cpu.used_s(parts), before).get("PostgreSQL", 0.0)
    return Scanned(
        done.blocks,
        done.arrivals,
        time.monotonic() - begun,
        (_own_s() - own) * 1000,
        server_s * 1000,
        len(statements),
    )


def _own_s() -> float:
    times = os.times()
    return times.user + times.system


def _show(options: Options, settings: dict[str, str], figures: Figures) -> None:
    print("The chain: reading full blocks, two requests and no question for each top-up\n")
    for name, value in settings.items():
        print(f"  {name:<20} {value}")
    print(f"  {'transfers a block':<20} {TRANSFERS}\n")
    print(f"  {'':<24} {'blocks':>8} {'seconds':>8} {'blocks/s':>9} {'ms a block':>11} {'of PostgreSQL':>14}")
    for name, found in figures.kinds.items():
        blocks, seconds = sum(one.blocks for one in found), sum(one.seconds for one in found)
        ms = median(one.ms_of_block for one in found)
        server = median(one.database_ms / one.blocks for one in found)
        print(f"  {name:<24} {blocks:>8} {seconds:>8.1f} {blocks / seconds:>9.0f} {ms:>11.2f} {server:>14.2f}")
    print(f"\nratio {MANY}/{NONE}: {ratio(figures.kinds[MANY], figures.kinds[NONE]):.2f} (processor time of a block)")


def ratio(many: Sequence[Scanned], none: Sequence[Scanned]) -> float:
    return cpu.ratio(median(one.ms_of_block for one in many), median(one.ms_of_block for one in none))
