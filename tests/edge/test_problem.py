"""Every refusal and failure of an application as problem+json."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, HTTPException, Query

from domain.errors import Conflict, Forbidden, Malformed, NotFound, Refusal, TooMany, Unauthenticated, Unavailable
from edge import documents, problem
from edge.idempotency import Answer
from edge.key_header import IdempotencyKey
from edge.logs import RequestLogs
from edge.problem import Problem, problems
from edge.wire import Wire

CANARY = "canary-a9f3"


class Body(Wire):
    count: int
    inner: list[int] = []  # noqa: RUF012  # pydantic copies defaults


def application(failure: list[Exception]) -> FastAPI:
    app = FastAPI()
    problem.install(app, max_body_bytes=1000)
    documents.install(app)

    @app.post("/things", status_code=201, responses=problems(409, 422))
    async def make(body: Body, key: IdempotencyKey, page: Annotated[int, Query(ge=1)] = 1) -> dict[str, str]:
        if failure:
            raise failure[0]
        return {"key": key}

    @app.get("/stored")
    async def stored() -> None:
        raise HTTPException(418, "short and stout", {"X-Pot": "tea"})

    return app


@pytest.fixture
def failure() -> list[Exception]:
    """Put an exception here and the next request raises it."""
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def http(failure: list[Exception]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(RequestLogs(application(failure)), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        yield client


async def outcome(answer: httpx.Response) -> tuple[int, str, str | None]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = Problem.model_validate(answer.json())
    assert body.status == answer.status_code
    assert body.type == f"urn:holdfast:problem:{body.code}"
    assert body.request_id == answer.headers["X-Request-Id"]
    return body.status, body.code, body.field


KEY = {"Idempotency-Key": "k"}


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Malformed("bad_amount", "d", "amount"), 422),
        (Unauthenticated("bad_api_key", "d"), 401),
        (Forbidden("scope_missing", "d"), 403),
        (NotFound("unknown_deal", "d"), 404),
        (Conflict("deal_closed", "d"), 409),
        (TooMany("slow_down", "d", 7), 429),
        (Unavailable("away", "d", 8), 503),
    ],
)
async def test_each_refusal_has_its_status(
    http: httpx.AsyncClient, failure: list[Exception], refusal: Refusal, status: int
) -> None:
    failure.append(refusal)
    answer = await http.post("/things", json={"count": 1}, headers=KEY)
    assert await outcome(answer) == (status, refusal.code, refusal.field)
    retry_after = {429: "7", 503: "8"}.get(status)
    assert answer.headers.get("Retry-After") == retry_after
    assert answer.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)


async def test_wrong_input_names_its_field(http: httpx.AsyncClient) -> None:
    async def post(body: object = None, path: str = "/things", headers: Any = KEY) -> object:
        return await outcome(await http.post(path, json={"count": 1} if body is None else body, headers=headers))

    assert await post({}) == (422, "missing_field", "count")
    assert await post({"count": "1"}) == (422, "invalid_field", "count")
    assert await post({"count": 1, "x": 1}) == (422, "unknown_field", "x")
    assert await post({"count": 1, "inner": [1, "2"]}) == (422, "invalid_field", "inner.1")
    assert await post([]) == (422, "invalid_field", None)
    assert await post(path="/things?page=0") == (422, "invalid_field", "page")
    assert await post(headers={}) == (422, "missing_field", "Idempotency-Key")
    for key in (b"", b"a b", b"k" * 256, "é".encode()):
        assert await post(headers={b"Idempotency-Key": key}) == (422, "invalid_field", "Idempotency-Key")


async def test_a_body_that_is_no_json_is_refused(http: httpx.AsyncClient) -> None:
    headers = KEY | {"Content-Type": "application/json"}
    for content in (b"{", b"\xff\xfe", b"{'count': 1}"):
        answer = await http.post("/things", content=content, headers=headers)
        status, code, _ = await outcome(answer)
        assert (status, code) in ((422, "malformed_json"), (400, "http_error")), content


async def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so(http: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 100
            await asyncio.sleep(0)

    assert await outcome(await http.post("/things", content=b" " * 1001, headers=KEY)) == (413, "body_too_large", None)
    assert await outcome(await http.post("/things", content=endless(), headers=KEY)) == (413, "body_too_large", None)


async def test_a_body_with_a_content_coding_is_refused_even_if_it_is_plain(http: httpx.AsyncClient) -> None:
    for coding in ("gzip", "GZIP", "identity, gzip", "br", "zstd", "x-unknown", ""):
        answer = await http.post("/things", json={"count": 1}, headers=KEY | {"Content-Encoding": coding})
        assert await outcome(answer) == (415, "unsupported_encoding", "Content-Encoding"), coding
        assert answer.headers["Accept-Encoding"] == "identity"
    both = [*KEY.items(), ("Content-Encoding", "identity"), ("Content-Encoding", "gzip")]
    assert (await http.post("/things", json={"count": 1}, headers=both)).status_code == 415
    plain = await http.post("/things", json={"count": 1}, headers=KEY | {"Content-Encoding": "Identity"})
    assert plain.status_code == 201


async def test_what_the_framework_refuses_is_a_problem_too(http: httpx.AsyncClient) -> None:
    assert await outcome(await http.get("/nothing")) == (404, "not_found", None)
    wrong_method = await http.get("/things")
    assert await outcome(wrong_method) == (405, "method_not_allowed", None)
    assert wrong_method.headers["Allow"] == "POST"
    teapot = await http.get("/stored")
    assert await outcome(teapot) == (418, "http_error", None)
    assert teapot.headers["X-Pot"] == "tea"


async def test_a_bug_says_nothing_of_our_insides(http: httpx.AsyncClient, failure: list[Exception]) -> None:
    failure.append(RuntimeError(CANARY))
    answer = await http.post("/things", json={"count": 1}, headers=KEY)
    assert await outcome(answer) == (500, "internal_error", None)
    assert CANARY not in answer.text


async def test_a_database_that_is_down_is_a_503(http: httpx.AsyncClient, failure: list[Exception]) -> None:
    for outage in (ConnectionRefusedError(CANARY), TimeoutError(CANARY)):
        failure[:] = [outage]
        answer = await http.post("/things", json={"count": 1}, headers=KEY)
        assert await outcome(answer) == (503, "database_unavailable", None)
        assert int(answer.headers["Retry-After"]) > 0
        assert CANARY not in answer.text


def test_a_stored_answer_says_that_it_is_repeated() -> None:
    first = problem.answer_response(Answer(201, {"a": 1}, repeated=False))
    again = problem.answer_response(Answer(409, {"code": "x", "status": 409}, repeated=True))
    assert (first.status_code, first.media_type, "Idempotency-Replayed" in first.headers) == (
        201,
        "application/json",
        False,
    )
    assert (again.media_type, again.headers["Idempotency-Replayed"]) == ("application/problem+json", "true")


async def test_the_document_knows_problems(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    declared = document["paths"]["/things"]["post"]["responses"]
    assert set(declared) == {"201", "409", "415", "422"}
    reference = {"$ref": "#/components/schemas/Problem"}
    assert declared["409"]["content"] == {"application/problem+json": {"schema": reference}}
    assert document["components"]["schemas"]["Problem"]["required"] == [
        "type",
        "title",
        "status",
        "code",
        "detail",
        "request_id",
    ]
