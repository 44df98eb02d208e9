"""`python -m bench [name…]`: runs the named benchmarks, by default all. Exit status 0 once they are printed."""

from __future__ import annotations

import argparse
import asyncio
import sys

import bench.bank
import bench.chain
import bench.chat
import bench.feed
import bench.footprint
import bench.growth
import bench.payments
import bench.recovery
import bench.seeds
import bench.storage
import bench.telemetry
import bench.traces
import bench.wallets
from bench.options import Options

BENCHMARKS = {
    "payments": bench.payments.run,
    "bank": bench.bank.run,
    "chat": bench.chat.run,
    "chain": bench.chain.run,
    "feed": bench.feed.run,
    "seeds": bench.seeds.run,
    "recovery": bench.recovery.run,
    "wallets": bench.wallets.run,
    "growth": bench.growth.run,
    "footprint": bench.footprint.run,
    "storage": bench.storage.run,
    "traces": bench.traces.run,
    "telemetry": bench.telemetry.run,
}


def _options(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures on this machine, and prints.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--payments", type=_at_least_one, default=96, help="payments in all measured rounds together")
    parser.add_argument("--clients", type=_at_least_one, default=8, help="payments in flight at a time")
    parser.add_argument("--rounds", type=_at_least_one, default=4, help="rounds of each kind, in turn")
    parser.add_argument("--seed", type=int, default=1, help="of the world of banks and clients")
    parser.add_argument("--folder", default="docs", help="where wallets and growth leave their tables and plots")
    _growth(parser.add_argument_group("growth"))
    options = parser.parse_args(arguments, namespace=Options())
    if unknown := [name for name in options.names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    options.rounds = min(options.rounds, options.payments)
    return options


def _growth(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--open", type=_numbers, default=[10, 1_000], help="open deals, such as 10,1000,10000,100000")
    group.add_argument("--closed", type=int, default=10_000, help="ended deals, such as 1000000")
    group.add_argument("--real", type=int, default=1_000, help="how many open deals have a workflow")
    group.add_argument("--deadlines", type=_at_least_one, default=200, help="deals that end at once, such as 10000")
    group.add_argument("--parts", type=_at_least_one, default=20, help="payments of one deal, at most 100")
    group.add_argument("--programs", type=_numbers, default=[1, 2], help="workers and API programs, such as 1,2,4")
    group.add_argument("--idle-s", type=float, default=10.0, help="how long idle programs are measured at each size")
    group.add_argument("--samples", type=_at_least_one, default=5, help="payments whose statements are counted")
    group.add_argument("--lead-s", type=float, default=30.0, help="until the deadline of many deals, at least")


def _numbers(text: str) -> list[int]:
    return [_at_least_one(number) for number in text.split(",")]


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


async def _run(options: Options) -> None:
    for name in options.names or BENCHMARKS:
        await BENCHMARKS[name](options)


if __name__ == "__main__":
    asyncio.run(_run(_options(sys.argv[1:])))
