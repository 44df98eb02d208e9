"""What traces cost: the same payments on a stack that sends each of them to a collector, and on one that does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from statistics import median

from bench import cpu, report
from bench.market import BUYERS_PER_CLIENT, MarketLoad, market_load
from bench.options import Options
from bench.payments import BANKS, stack
from demo.world import make_world
from edge.database import Database
from edge.tracing import COLLECTOR

PROGRAMS = ("api", "worker", "bank")
_HEAD_ENDS = b"\r\n\r\n"


@dataclass
class Collector:
    """Takes traces, and forgets them unless `kept` is a list."""

    url: str = ""
    kept: list[bytes] | None = None
    requests: int = 0
    received_bytes: int = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            named = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if line)
            length = int(named[b"content-length"])
            body = await reader.readexactly(length)
            if self.kept is not None:
                self.kept.append(body)
            self.requests, self.received_bytes = self.requests + 1, self.received_bytes + length
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(_HEAD_ENDS)
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


@asynccontextmanager
async def collecting(kept: list[bytes] | None = None) -> AsyncIterator[Collector]:
    collector = Collector(kept=kept)
    server = await asyncio.start_server(collector.take, "127.0.0.1", 0)
    async with server:
        collector.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield collector


@dataclass
class Measured:
    """A stack, and what it did in each round."""

    load: MarketLoad
    pids: Mapping[str, int]
    rates: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    """Processor seconds of API, worker and bank for a payment."""

    async def round(self, payments: int, clients: int) -> None:
        before = cpu.used_s(self.pids)
        self.rates.append(await self.load.round(payments, clients))
        used = cpu.less(cpu.used_s(self.pids), before)
        self.cpu_s.append(sum(used.get(name, 0.0) for name in PROGRAMS) / payments)


async def run(options: Options) -> None:
    async with AsyncExitStack() as opened:
        collector = await opened.enter_async_context(collecting())
        stands = {
            "without traces": await _stand(opened, options, {}),
            "with traces": await _stand(opened, options, {COLLECTOR[0]: collector.url}),
        }
        for stand in stands.values():
            await stand.load.round(max(2, options.clients), options.clients)  # to warm up
        sent_before = collector.received_bytes
        payments = max(1, options.payments // options.rounds)
        for number in range(options.rounds):
            for name, stand in stands.items():
                await stand.round(payments, options.clients)
                report.progress(f"round {number + 1} of {options.rounds}, {name}: {stand.rates[-1]:.2f}/s")
    for line in lines(stands, (collector.received_bytes - sent_before) / (payments * options.rounds)):
        print(line)


def lines(stands: Mapping[str, Measured], sent_bytes: float) -> list[str]:
    plain, traced = stands.values()
    said = [
        f"{name}: {median(stand.rates):.2f} payments/s, {1000 * median(stand.cpu_s):.1f} ms of processor each"
        for name, stand in stands.items()
    ]
    dearer = median(cpu.ratio(on, off) for on, off in zip(traced.cpu_s, plain.cpu_s, strict=True))
    slower = median(on / off for on, off in zip(traced.rates, plain.rates, strict=True))
    ratio = f"ratio: {slower:.2f} of the rate, {dearer:.2f} of the processor; {sent_bytes / 1000:.0f} kB a payment"
    return [*said, ratio]


async def _stand(opened: AsyncExitStack, options: Options, changes: Mapping[str, str]) -> Measured:
    started = await opened.enter_async_context(stack(**changes))
    world = await make_world(started, banks=BANKS, clients=options.clients * BUYERS_PER_CLIENT + 1, seed=options.seed)
    opened.push_async_callback(world.aclose)
    database = Database(started.site.database("market").url, pool_size=1)
    opened.push_async_callback(database.close)
    load = await market_load(world, world.market, database, options.payments + options.clients)
    return Measured(load, dict(started.pids))
