"""What Prometheus reads of a program: on a listener of its own, never where strangers reach the program.

Requests are counted all the time. Figures are read when they are asked for, at most every `AT_MOST_EVERY_S`, and never
by two at once: a scrape costs the database no more than that, however many ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge.database import Database
from edge.figures import Figure, Reading
from edge.serving import serving

log = structlog.get_logger()

AT_MOST_EVERY_S: Final = 10.0  # between two readings
READ_WITHIN_S: Final = 5.0  # less than Prometheus waits for an answer
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
UP: Final = Figure("holdfast_figures_up", "Whether the figures of this source could be read.", ("source",))

Reader = Callable[[], Awaitable[Sequence[Reading]]]
"""Reads figures, all from one source."""


class Figures(Collector):
    """The newest readings of some sources. What cannot be read now is left out: an old value would look like a new."""

    def __init__(self, readers: Mapping[str, Reader]) -> None:
        self._readers = readers
        self._readings: list[Reading] = []
        self._read_at = -AT_MOST_EVERY_S
        self._reading = asyncio.Lock()

    async def refresh(self) -> None:
        async with self._reading:
            now = asyncio.get_running_loop().time()
            if now - self._read_at < AT_MOST_EVERY_S:
                return
            found = await asyncio.gather(*(self._read(name) for name in self._readers))
            self._readings = [reading for readings in found for reading in readings]
            up = [((name,), float(bool(readings))) for name, readings in zip(self._readers, found, strict=True)]
            self._readings.append(Reading(UP, up))
            self._read_at = now

    async def _read(self, name: str) -> Sequence[Reading]:
        try:
            return await asyncio.wait_for(self._readers[name](), READ_WITHIN_S)
        except Exception as error:  # noqa: BLE001 # a source that fails hides no other
            log.warning("figures_not_read", source=name, error=type(error).__name__)
            return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for reading in self._readings:
            family = GaugeMetricFamily(reading.figure.name, reading.figure.says, labels=reading.figure.labels)
            for labels, value in reading.values:
                family.add_metric(labels, value)
            yield family


@asynccontextmanager
async def serve_metrics(host: str, port: int | None, readers: Mapping[str, Reader]) -> AsyncIterator[str | None]:
    """Serves `/metrics` inside the block and yields the address; without a port nothing, port 0: a free one.

    Raises `OSError` when the port is taken.
    """
    if port is None:
        yield None
        return
    figures, registry = Figures(readers), CollectorRegistry()
    registry.register(figures)

    async def metrics(request: Request) -> Response:
        await figures.refresh()
        return Response(generate_latest(REGISTRY) + generate_latest(registry), headers={"Content-Type": CONTENT_TYPE})

    async with serving(Starlette(routes=[Route("/metrics", metrics)]), host, port) as address:
        yield address


CONNECTIONS: Final = Figure("holdfast_database_connections", "Connections of the program's pool.", ("state",))


def pool_of(database: Database) -> Reader:
    """How many connections of a program's pool are in use, and how many there may be."""

    async def read() -> list[Reading]:
        used, most = database.connections
        return [Reading(CONNECTIONS, [(("in_use",), used), (("most",), most)])]

    return read
