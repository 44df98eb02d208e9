"""What Temporal costs by where its server keeps its state: bare payments, which use no database and no bank."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from temporalio.client import Client

from bench import cpu, report
from bench.bare_load import BareLoad, bare_load
from bench.options import Options
from devstack.temporal import PRAGMAS, TIME_FLAGS, TemporalServer

SHIPPED = "a file, as shipped"
# The bare worker reads the product's settings for its own.
UNUSED = {
    "HOLDFAST_DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/none",
    "HOLDFAST_BANK_URL": "http://127.0.0.1:1",
    "HOLDFAST_BANK_API_KEY": "none",
    "HOLDFAST_PEPPER": "sixteen characters",
    "HOLDFAST_SEALING_KEYS": base64.b64encode(bytes(32)).decode(),
    "HOLDFAST_SANDBOX": "false",
}


@dataclass
class Kind:
    server: TemporalServer
    load: BareLoad
    rates: list[float] = field(default_factory=list)
    server_s: list[float] = field(default_factory=list)


def servers(folder: Path) -> Mapping[str, TemporalServer]:
    """Not yet started."""
    return {
        SHIPPED: TemporalServer(folder / "shipped"),
        "in memory": TemporalServer(None),
        "a file, synchronous=full": TemporalServer(folder / "full", pragmas=(PRAGMAS[0], "synchronous=full")),
        "a file, journal_mode=delete": TemporalServer(folder / "delete", pragmas=("journal_mode=delete",)),
        "a file, four partitions": TemporalServer(folder / "four", flags=TIME_FLAGS),
        "a file, the server's own settings": TemporalServer(folder / "plain", flags=()),
    }


async def run(options: Options) -> None:
    """Prints rates and processor time of the server, rounds in turn."""
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as folder:
        for line in lines(await measure(options, servers(Path(folder)))):
            print(line)


async def measure(options: Options, chosen: Mapping[str, TemporalServer]) -> dict[str, Kind]:
    async with AsyncExitStack() as running:
        kinds: dict[str, Kind] = {}
        for name, server in chosen.items():
            await server.start()
            running.push_async_callback(server.stop)
            client = await Client.connect(server.address)
            environment = {**os.environ, **UNUSED, "TEMPORAL_ADDRESS": server.address}
            kinds[name] = Kind(server, await running.enter_async_context(bare_load(client, environment)))
            await kinds[name].load.one()
        payments = max(1, options.payments // options.rounds)
        for number in range(options.rounds):
            for name, kind in kinds.items():
                parts = {"temporal": kind.server.pid or 0}
                before = cpu.used_s(parts)
                kind.rates.append(await kind.load.round(payments, options.clients))
                kind.server_s.append(cpu.less(cpu.used_s(parts), before).get("temporal", 0.0) / payments)
                report.progress(f"round {number + 1} of {options.rounds}, {name}: {kind.rates[-1]:.2f}/s")
        return kinds


def lines(kinds: Mapping[str, Kind]) -> list[str]:
    shipped = kinds[SHIPPED]
    found = [f"  {'state of Temporal':<36} {'per s':>7} {'least':>7} {'most':>7} {'server ms':>10} {'to shipped':>11}"]
    for name, kind in kinds.items():
        used = 1000 * median(kind.server_s)
        ratio = used / (1000 * median(shipped.server_s) or 1.0)
        rates = f"{median(kind.rates):>7.2f} {min(kind.rates):>7.2f} {max(kind.rates):>7.2f}"
        found.append(f"  {name:<36} {rates} {used:>10.0f} {ratio:>11.2f}")
    return found
