"""Reports of failures: only of what nobody foresaw, and with nothing that anybody has said."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
import sentry_sdk
from fastapi import FastAPI, Request

from domain.errors import Conflict
from edge import failures, logs
from edge.problem import install
from edge.serving import serving
from tests.fixtures.logs import logging_as
from tests.fixtures.receiver import Receiver, answers, receiving

SECRETS = ("boris@example.test", "ABCD-EFGH", "hf_bank_0123abcd_secret")


@pytest_asyncio.fixture(name="receiver", loop_scope="session")
async def receiver_fixture() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def reporting(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[failures.Report]:
    """As in a program whose environment names our receiver as its project."""
    receiver.always = answers(200)
    monkeypatch.setenv(failures.PROJECT, receiver.url.replace("http://", "http://key@").replace("/webhooks", "/1"))
    report = failures.configure("api", logs.said)
    assert report is not None
    yield report
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)  # `init()` would switch on what reads other tests


@pytest_asyncio.fixture(loop_scope="session")
async def address() -> AsyncIterator[str]:
    """Of an API with a bug, a refusal, and a failure in a line of a library."""
    app = FastAPI()
    install(app)

    @app.post("/bugs/{deal_id}")
    async def bug(request: Request) -> None:
        said = (await request.json())["code"]
        raise ValueError(f"{said} by {SECRETS[0]}") from KeyError(SECRETS[2])

    @app.post("/refusals")
    async def refuse() -> None:
        raise Conflict("not_now", f"Not for {SECRETS[0]}.")

    async with serving(app, "127.0.0.1", 0) as served:
        yield served


async def test_a_bug_is_reported_with_its_frames_and_nothing_that_was_said_to_it(
    reporting: failures.Report, receiver: Receiver, address: str
) -> None:
    headers = {"Authorization": f"Bearer {SECRETS[2]}", "Cookie": f"session={SECRETS[2]}", "X-Request-Id": "asked-1"}
    with logging_as("api", report=reporting):
        async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
            for path in ("refusals", "nowhere", "bugs/d1"):
                await client.post(f"{address}/{path}?to={SECRETS[0]}", json={"code": SECRETS[1]})
    await asyncio.to_thread(sentry_sdk.flush, 60)  # the receiver is on this loop
    [report] = _reports(receiver)
    first, last = report["exception"]["values"]
    assert (first["type"], last["type"], first["value"], last["value"]) == ("KeyError", "ValueError", "", "")
    assert last["stacktrace"]["frames"][-1]["function"].endswith("bug")
    assert report["logentry"]["message"] == "unexpected"
    assert report["tags"].items() >= {"program": "api", "request_id": "asked-1", "path": "/bugs/d1"}.items()
    assert "request" not in report and "vars" not in json.dumps(report)
    sent = json.dumps([report, _sent(receiver)])
    assert [secret for secret in SECRETS if secret in sent] == []


async def test_the_sentence_of_a_library_stays_in_the_logs(reporting: failures.Report, receiver: Receiver) -> None:
    reporting({"level": "error", "logger": "asyncio", "event": f"lost: {SECRETS[0]}"}, None)
    await asyncio.to_thread(sentry_sdk.flush, 60)  # the receiver is on this loop
    [report] = _reports(receiver)
    assert (report["logger"], report["logentry"]["message"]) == ("asyncio", "an error in asyncio")
    assert SECRETS[0] not in json.dumps(_sent(receiver))


def test_without_a_project_nothing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(failures.PROJECT, raising=False)
    assert failures.configure("api", logs.said) is None


def _sent(receiver: Receiver) -> list[str]:
    """What came, in plain text, with its headers."""
    bodies = [gzip.decompress(one.body) if one.body[:2] == b"\x1f\x8b" else one.body for one in receiver.received]
    return [f"{one.path} {one.headers} {body.decode()}" for one, body in zip(receiver.received, bodies, strict=True)]


def _reports(receiver: Receiver) -> list[dict[str, Any]]:
    """The reports of all envelopes: a header, then an item's header and the item, a line each."""
    lines = [line for sent in _sent(receiver) for line in sent.splitlines()]
    return [json.loads(line) for line in lines if '"exception":' in line or '"logentry":' in line]
