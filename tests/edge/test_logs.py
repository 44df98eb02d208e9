"""The logs of a program: one format, bound to request or activity, and nothing that must not be read there."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
import structlog
from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from edge.database import Database
from edge.logs import name_rows
from edge.problem import install
from edge.request_metrics import REQUESTS
from edge.serving import serving
from tests.fixtures.databases import Databases
from tests.fixtures.logs import logging_as

log = structlog.get_logger()
ADDRESS = "boris@example.test"
TOKEN = "t" * 43
ACCOUNTS = ("007a1b2c3d4e5", "40817810099910004312")


def test_our_events_and_those_of_libraries_have_one_format() -> None:
    with logging_as("worker") as written:
        log.info("worker_ready", task_queue="holdfast")
        log.debug("not_shown")
        logging.getLogger("sqlalchemy.pool").warning("%s connections", 3)
        logging.getLogger("httpx").info("GET /secret")
    ours, theirs = written.of("worker_ready", "not_shown", "3 connections", "GET /secret")
    assert ours | {"at": ""} == {
        "event": "worker_ready",
        "task_queue": "holdfast",
        "level": "info",
        "program": "worker",
        "at": "",
    }
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("3 connections", "sqlalchemy.pool", "warning")
    assert set(theirs) == {"event", "logger", "level", "program", "at"}


def test_a_line_of_a_workflow_names_it() -> None:
    with logging_as("worker") as written:
        logging.getLogger("temporalio.workflow").warning(
            "not yet", extra={"temporal_workflow": {"workflow_id": "deal/1", "run_id": "r"}}
        )
    [line] = written.of("not yet")
    assert line["workflow"] == "deal/1"


async def test_what_is_logged_for_a_request_names_it_and_no_token_of_its_path() -> None:
    async def page(request: Request) -> PlainTextResponse:
        log.warning("seen")
        logging.getLogger("a.library").warning("seen too")
        return PlainTextResponse("")

    app = Starlette(routes=[Route("/pay/{token}", page), Route("/deals/{id}/pay", page), Route("/accounts/{no}", page)])
    deal = "/deals/0199d6a3-0000-7000-8000-000000000000/pay"
    with logging_as("api") as written:
        async with serving(app, "127.0.0.1", 0) as address, httpx.AsyncClient(trust_env=False) as client:
            await client.get(f"{address}/pay/{TOKEN}?code=ABCD-EFGH")
            await client.get(f"{address}{deal}")
            for account in ACCOUNTS:
                await client.get(f"{address}/accounts/{account}")
        log.warning("nobody's")
    first, second, third, fourth, *accounts, last = written.of("seen", "seen too", "nobody's")
    assert (first["path"], first["method"], third["path"]) == ("/pay/…", "GET", deal)
    assert first["request_id"] == second["request_id"] != third["request_id"] == fourth["request_id"]
    assert "request_id" not in last
    assert TOKEN not in written.getvalue() and "ABCD" not in written.getvalue()
    assert [line["path"] for line in accounts[::2]] == ["/accounts/…d4e5", "/accounts/…4312"]
    assert not any(account in written.getvalue() for account in ACCOUNTS)


async def test_a_request_has_its_callers_id_if_that_is_well_formed_and_else_a_new_one() -> None:
    async def page(request: Request) -> PlainTextResponse:
        log.warning("seen")
        return PlainTextResponse("")

    app = Starlette(routes=[Route("/", page)])
    kept = ("6ba7b810-9dad-41d1-80b4-00c04fd430c8", "a", "Node_7.42")
    replaced = (TOKEN, "", "two words", "é", '"}{', "x" * 37)
    with logging_as("api") as written:
        async with serving(app, "127.0.0.1", 0) as address, httpx.AsyncClient(trust_env=False) as client:
            asked = [[(b"X-Request-Id", one.encode())] for one in (*kept, *replaced)]
            asked += [[], [(b"X-Request-Id", b"a"), (b"X-Request-Id", b"b")]]
            given = [(await client.get(address, headers=headers)).headers["X-Request-Id"] for headers in asked]
    assert tuple(given[: len(kept)]) == kept
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in given[len(kept) :])
    assert [line["request_id"] for line in written.of("seen")] == given
    assert len(set(given)) == len(given)


async def test_a_failure_that_nobody_foresaw_is_logged_once_with_its_request() -> None:
    app = FastAPI()
    install(app)

    @app.get("/bug")
    async def bug() -> None:
        raise KeyError(ADDRESS)

    @app.get("/refused-row")
    async def refused_row() -> None:
        raise IntegrityError("INSERT", {}, ValueError(ADDRESS))

    @app.get("/half")
    async def half() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"one"
            raise KeyError(ADDRESS)

        return StreamingResponse(parts())

    with logging_as("api") as written:
        async with serving(app, "127.0.0.1", 0) as address, httpx.AsyncClient(trust_env=False) as client:
            answers = [await client.get(f"{address}/{path}") for path in ("bug", "refused-row")]
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(f"{address}/half")
    logged = [line for line in written.lines if "request_id" in line]  # libraries warn of what is no request's
    assert [answer.json()["code"] for answer in answers] == ["internal_error"] * 2
    assert [answer.json()["request_id"] for answer in answers] == [line["request_id"] for line in logged[:2]]
    assert [(line["path"], line["level"]) for line in logged] == [
        ("/bug", "error"),
        ("/refused-row", "error"),
        ("/half", "error"),
    ]
    assert len({line["request_id"] for line in logged}) == 3 and all("trace" in line for line in logged)
    assert ADDRESS not in written.getvalue()


async def test_a_caller_that_hangs_up_in_the_middle_of_a_request_is_no_failure() -> None:
    app, over = FastAPI(), asyncio.Event()
    install(app)

    @app.post("/hung-up")
    async def hung_up(request: Request) -> None:
        try:
            await request.form()
        finally:
            over.set()

    head = "POST /hung-up HTTP/1.1\r\nHost: api\r\nContent-Length: 100\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    with logging_as("api") as written:
        async with serving(app, "127.0.0.1", 0) as address:
            _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(address).port)
            writer.write(head.encode() + b"amount=1")
            await writer.drain()
            writer.close()
            await over.wait()
    assert [line for line in written.lines if line["level"] == "error"] == []
    samples = [sample for metric in REQUESTS.collect() for sample in metric.samples]
    counted = {sample.labels["status"] for sample in samples if sample.labels["route"] == "/hung-up"}
    assert counted == {"400"}


async def test_a_row_that_the_database_refuses_is_not_quoted(databases: Databases) -> None:
    async with databases.fresh("bare", lambda url, role: None) as bare:
        database = Database(bare.url, pool_size=1)
        with logging_as("api") as written:
            async with database.transaction() as session:
                await session.execute(text("CREATE TEMP TABLE people (email text CONSTRAINT one_each UNIQUE)"))
                add, values = text("INSERT INTO people VALUES (:email)"), {"email": ADDRESS}
                await session.execute(add, values)
                try:
                    async with session.begin_nested():
                        await session.execute(add, values)
                except Exception:
                    log.exception("unexpected")
                await session.rollback()
        await database.close()
    [line] = written.of("unexpected")
    assert "IntegrityError 23505 one_each\n" in line["trace"] and "test_logs.py" in line["trace"]
    assert ADDRESS not in written.getvalue()


@pytest.mark.parametrize("error", [KeyError(ADDRESS), ValueError(ADDRESS), LookupError(ADDRESS)])
def test_an_exception_that_may_quote_what_was_sent_is_its_type_and_its_frames(error: Exception) -> None:
    with logging_as("bank") as written:
        try:
            try:
                raise error
            except Exception as cause:
                raise RuntimeError("our own words") from cause
        except RuntimeError:
            logging.getLogger("a.library").exception("it failed")
    [line] = written.of("it failed")
    assert f"builtins.{type(error).__name__}\n" in line["trace"]
    assert line["trace"].endswith("builtins.RuntimeError: our own words\n")
    assert ADDRESS not in written.getvalue()


async def test_a_row_that_a_path_names_is_a_field_of_the_line_and_nothing_long_is() -> None:
    app = FastAPI(dependencies=[Depends(name_rows)])

    @app.get("/deals/{deal_id}/payments/{payment_id}")
    async def seen(deal_id: str, payment_id: str) -> None:
        log.warning("seen")

    with logging_as("api") as written:
        async with serving(app, "127.0.0.1", 0) as address, httpx.AsyncClient(trust_env=False) as client:
            await client.get(f"{address}/deals/d1/payments/{TOKEN}")
    [line] = written.of("seen")
    assert (line["deal"], line["payment"]) == ("d1", "…")
    assert TOKEN not in written.getvalue()
