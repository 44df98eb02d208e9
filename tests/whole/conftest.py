"""One stack with every program and some people, for all tests of this folder: starting it takes most of a minute."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest_asyncio

from bench.growth_stand import CHANGES, Stand, stand
from tests.fixtures.receiver import Receiver, answers, receiving

BANKS = 3


@dataclass
class Whole:
    """`collector` has received the traces of all programs."""

    stand: Stand
    collector: Receiver


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def whole() -> AsyncIterator[Whole]:
    async with receiving() as collector:
        collector.always = answers(200)
        at = urlsplit(collector.url)
        traced = {"HOLDFAST_BANK_FAULTS": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": f"{at.scheme}://{at.netloc}"}
        async with stand(real=4, clients=2, seed=1, banks=BANKS, changes=CHANGES | traced) as started:
            yield Whole(started, collector)
