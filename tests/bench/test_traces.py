"""The benchmark of traces counts what comes, and compares rounds with each other."""

from __future__ import annotations

from typing import Any

import httpx

from bench.traces import Measured, collecting, lines


async def test_the_collector_counts_what_it_takes_on_one_connection() -> None:
    async with collecting() as collector:
        async with httpx.AsyncClient(trust_env=False) as client:
            for size in (10, 100_000):
                assert (await client.post(f"{collector.url}/v1/traces", content=b"x" * size)).status_code == 200
        assert (collector.requests, collector.received_bytes) == (2, 100_010)


def test_the_ratio_is_of_rounds_that_followed_each_other() -> None:
    load: Any = None
    plain = Measured(load, {}, rates=[4.0, 8.0, 8.0], cpu_s=[0.01, 0.02, 0.02])
    traced = Measured(load, {}, rates=[2.0, 4.0, 6.0], cpu_s=[0.02, 0.03, 0.03])
    assert lines({"without": plain, "with": traced}, 12_345.0) == [
        "without: 8.00 payments/s, 20.0 ms of processor each",
        "with: 4.00 payments/s, 30.0 ms of processor each",
        "ratio: 0.50 of the rate, 1.50 of the processor; 12 kB a payment",
    ]
