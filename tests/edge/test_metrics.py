"""Metrics: counted by route, figures read seldom, and nothing old shown as new."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge import metrics
from edge.figures import Figure, Reading, reading
from edge.metrics import Figures, serve_metrics
from edge.serving import serving

WAITING = Figure("holdfast_test_waiting", "What waits.", ("kind",))
ALONE = Figure("holdfast_test_alone", "One number.")


async def _scraped(address: str | None) -> str:
    assert address is not None
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{address}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return answer.text


async def test_figures_are_served_with_their_labels() -> None:
    async def read() -> list[Reading]:
        return [Reading(WAITING, [(("code",), 3.0)]), reading(ALONE, 0.5)]

    async with serve_metrics("127.0.0.1", 0, {"source": read}) as address:
        lines = (await _scraped(address)).splitlines()
    assert 'holdfast_test_waiting{kind="code"} 3.0' in lines
    assert "holdfast_test_alone 0.5" in lines
    assert 'holdfast_figures_up{source="source"} 1.0' in lines


async def test_however_many_ask_a_figure_is_read_once_in_a_while() -> None:
    reads = 0

    async def read() -> list[Reading]:
        nonlocal reads
        reads += 1
        await asyncio.sleep(0)
        return [reading(ALONE, reads)]

    figures = Figures({"source": read})
    await asyncio.gather(*(figures.refresh() for _ in range(20)))
    assert reads == 1


async def test_a_source_that_fails_shows_no_old_value_and_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "AT_MOST_EVERY_S", 0)
    works = True

    async def read() -> Sequence[Reading]:
        if not works:
            raise ConnectionError
        return [reading(ALONE, 1)]

    async def other() -> Sequence[Reading]:
        return [reading(WAITING, 2)]

    figures = Figures({"source": read, "other": other})
    await figures.refresh()
    assert {family.name for family in figures.collect()} == {ALONE.name, WAITING.name, metrics.UP.name}
    works = False
    await figures.refresh()
    shown = {family.name: [sample.value for sample in family.samples] for family in figures.collect()}
    assert shown == {WAITING.name: [2], metrics.UP.name: [0, 1]}


async def test_requests_are_counted_by_the_pattern_of_their_route_and_never_by_path() -> None:
    router, other = APIRouter(), Starlette(routes=[Route("/pots/{id}/lid", _teapot)])

    @router.get("/teapots/{teapot_id}")
    async def teapot(teapot_id: str) -> Response:
        return Response(status_code=418)

    app = FastAPI()
    app.include_router(router, prefix="/kitchen")
    app.mount("/cellar", other)
    async with serving(app, "127.0.0.1", 0) as address, httpx.AsyncClient(trust_env=False) as client:
        for path in ("kitchen/teapots/hidden-7f3a", "cellar/pots/hidden-7f3a/lid", "cellar/hidden-7f3a", "hidden-7f3a"):
            await client.get(f"{address}/{path}")
        async with serve_metrics("127.0.0.1", 0, {}) as served:
            text = await _scraped(served)
    assert "hidden-7f3a" not in text
    samples = [sample for family in REGISTRY.collect() for sample in family.samples]
    totals = [one for one in samples if one.name == "holdfast_http_requests_total"]
    counted = {one.labels["route"]: one.value for one in totals if one.labels["status"] == "418"}
    assert counted == {"/kitchen/teapots/{teapot_id}": 1, "/cellar/pots/{id}/lid": 1}


async def _teapot(request: Request) -> Response:
    return Response(status_code=418)


async def test_without_a_port_nothing_listens() -> None:
    async with serve_metrics("127.0.0.1", None, {}) as address:
        assert address is None
