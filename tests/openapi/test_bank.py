"""The bank keeps every promise of its OpenAPI document, and each of its operations is seen to succeed."""

from __future__ import annotations

import asyncio
from typing import Annotated

import pytest
from fastapi import FastAPI, Response, Security
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer

from edge.problem import problems
from edge.serving import serving
from tests.fixtures.bank import RunningBank
from tests.openapi.bank import RECIPES, RULES, WHERE, explorer
from tests.openapi.exploring import Real, Recipe, Rules, explore, operations, real_requests

MAX_EXAMPLES = 1


@pytest.mark.timeout(600)  # a minute or two on a machine that is not busy
async def test_schemathesis_finds_nothing_and_every_operation_succeeds_at_least_once(bank: RunningBank) -> None:
    document = (await bank.admin.get("/../../openapi.json")).json()
    async with explorer(bank) as exploring:
        reals = await real_requests(document, RECIPES, exploring, WHERE)
    headers = {"Authorization": f"Bearer {exploring.secret}"}
    explored = await asyncio.to_thread(explore, bank.url, headers, reals, RULES, max_examples=MAX_EXAMPLES)

    assert not explored.findings, "\n\n".join(explored.findings)
    assert {label for label, status in explored.reals.items() if 200 <= status < 300} == operations(document).keys()
    refused = {label for label, status in explored.statuses if 400 <= status < 500}
    assert refused == operations(document).keys(), "an operation was not explored beyond its recipe"
    assert await bank.violations() == []


async def test_a_route_without_a_recipe_is_named_with_what_to_do(bank: RunningBank) -> None:
    document = {"paths": {"/api/v1/novelties": {"post": {"requestBody": {}}}, "/health": {"get": {}}}}
    stale = {"GET /api/v1/accounts/{number}": RECIPES["POST /api/v1/seeds"]}
    async with explorer(bank) as exploring:
        with pytest.raises(AssertionError, match=r"without a recipe: POST /api/v1/novelties\..*add to tests/openapi"):
            await real_requests(document, {}, exploring, WHERE)
        with pytest.raises(AssertionError, match=r"does not have: GET /api/v1/accounts/\{number\}"):
            await real_requests({"paths": {}}, stale, exploring, WHERE)


async def test_an_api_that_breaks_its_promises_is_found_out() -> None:
    app = FastAPI()

    @app.get("/open", responses=problems(401))
    async def open_to_all(caller: Annotated[object, Security(HTTPBearer(auto_error=False))]) -> int:
        return 1

    @app.get("/numbers", response_model=int)
    async def number() -> Response:
        return JSONResponse("one")

    @app.get("/halves/{whole}")
    async def half(whole: int) -> Response:
        return Response(status_code=204 if whole == 2 else 500)

    recipes: dict[str, Recipe[None]] = {"GET /halves/{whole}": _two}
    async with serving(app, "127.0.0.1", 0) as url:
        reals = await real_requests(app.openapi(), recipes, None, WHERE)
        explored = await asyncio.to_thread(explore, url, {}, reals, Rules(frozenset()), max_examples=3)
    found = "\n".join(explored.findings)
    for shown in ("without authentication", "response_schema_conformance", "Undocumented status code", "Server error"):
        assert shown in found, found


async def _two(api: None) -> Real:
    return Real(path={"whole": 2})
