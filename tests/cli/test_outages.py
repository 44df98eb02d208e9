"""During any outage a command says so in one line for a person; its exit status is for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from typer.core import TyperGroup

import cli
import store
from edge.serving import serving
from tests.fixtures.bank import RunningBank
from tests.fixtures.commands import GONE, NOBODY, PEPPER, Outcome, holdfast, market
from tests.fixtures.databases import FreshDatabase

NOWHERE = "127.0.0.1:9"
ID = "01890000-0000-7000-8000-000000000000"
BANK = {
    "HOLDFAST_BANK_DATABASE_URL": NOBODY,
    "HOLDFAST_BANK_DATABASE_OWNER_URL": NOBODY,
    "HOLDFAST_BANK_PEPPER": PEPPER.decode(),
    "HOLDFAST_BANK_SMTP_URL": "smtp://127.0.0.1:9",
}
AWAY = market(GONE, TEMPORAL_ADDRESS=NOWHERE, HOLDFAST_OPERATOR_KEY="k", HOLDFAST_API_URL=f"http://{NOWHERE}") | BANK
AWAY["HOLDFAST_DEPLOYMENT"] = "holdfast"
WHY = ("--reason", "x")
RESUME = ("restored", "resume", "--by", "Olga", "--why", "restored")
# Each command as a person may type it; those that start a stack of their own have separate tests.
GIVEN = (
    ("migrate",), ("bank-migrate",), ("bank-seed",), ("redrive",), ("directory",), ("health",), ("audit",),
    ("marketplace", "create", "Shop"), ("operator", "create", "Olga"), ("operator", "arbiter", ID),
    ("key", "revoke", "0" * 12),
    ("bank-key", "create", "shop", "--scope", "payments"), ("bank-key", "list"), ("bank-key", "revoke", "0" * 12),
    ("override", "ask", ID, *WHY),
    ("override", "force", ID, "debit/1", "done", *WHY), ("override", "release", ID, *WHY),
    ("override", "refund", ID, *WHY), ("override", "split", ID, "1.00", "RUB", *WHY),
    ("override", "extend", ID, "2030-01-31T12:00:00Z", *WHY, "--evidence", "x"), ("override", "approve", ID),
    ("override", "reject", ID), ("override", "list"), ("override", "stuck"),
    ("correction", "request", ID, "in", "1.00", "RUB", *WHY), ("correction", "approve", ID),
    ("correction", "reject", ID), ("correction", "retract", ID), ("correction", "list"),
    ("restored", "show"), ("restored", "return-strays"), RESUME, ("admin", "create", "Ada", "--login", "ada"),
    ("test-clock", "advance", ID, "60"), ("replay-check",),
    ("deploy", "status"), ("deploy", "current"), ("deploy", "ramp", "10"), ("deploy", "off"),
    ("chain", "rewind", "1", "--by", "Olga", "--why", "x"),
)  # fmt: skip
STARTS_A_STACK = {("up",), ("demo",)}


def _names(group: TyperGroup, *before: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _names(command, *before, name)
        else:
            yield (*before, name)


def test_no_command_is_left_out() -> None:
    app = typer.main.get_command(cli.app)
    assert isinstance(app, TyperGroup)
    names = set(_names(app))
    given = {name for name in names if any(command[: len(name)] == name for command in GIVEN)}
    assert names - given == STARTS_A_STACK


@pytest.mark.parametrize("command", GIVEN, ids=lambda command: "-".join(command[:2]))
async def test_with_everything_down_no_command_ends_in_a_traceback(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin.commands._password", lambda: "a long enough password")
    outcome = await holdfast(*command, **AWAY)
    assert outcome.status == 1
    assert "Traceback" not in outcome.err and "s3cret" not in outcome.err + outcome.out
    assert len((outcome.err or outcome.out).splitlines()) == (3 if command == ("health",) else 1)


@pytest.mark.parametrize("command", [("restored", "show"), ("restored", "return-strays"), RESUME])
async def test_a_bank_that_does_not_answer_is_named_with_what_to_do(
    command: tuple[str, ...], fresh_database: FreshDatabase
) -> None:
    database = await fresh_database("market", store.migrate)
    silent = await holdfast(*command, **market(database, TEMPORAL_ADDRESS=NOWHERE))
    lines = silent.err.splitlines()
    assert (silent.status, len(lines)) == (1, 2 if command[1] == "show" else 1), silent.err
    assert lines[-1] == (
        "holdfast: the bank at http://127.0.0.1:9 did not answer (connection: ConnectError): "
        "check that it runs and accepts the API key, then repeat the command"
    )


async def test_current_books_are_reported_even_if_temporal_is_down(
    fresh_database: FreshDatabase, bank: RunningBank
) -> None:
    database = await fresh_database("market", store.migrate)
    there = {"HOLDFAST_BANK_URL": bank.url, "HOLDFAST_BANK_API_KEY": bank.payments_key}
    outcome = await holdfast(*RESUME, **market(database, TEMPORAL_ADDRESS=NOWHERE, **there))
    assert (outcome.status, len(outcome.err.splitlines())) == (1, 1), outcome.err
    assert "Temporal" in outcome.err


async def test_a_silent_bank_and_a_silent_temporal_are_lines_of_the_audit(fresh_database: FreshDatabase) -> None:
    database = await fresh_database("market", store.migrate)
    outcome = await holdfast("audit", **market(database, TEMPORAL_ADDRESS=NOWHERE, HOLDFAST_BANK_AUDIT_KEY="none"))
    assert (outcome.status, outcome.err) == (1, "")
    assert "the bank did not answer" in outcome.out and "Temporal did not list its workflows" in outcome.out


async def _behind_a_gateway(answer: Response) -> Outcome:
    async def any_page(request: Request) -> Response:
        return answer

    routes = [Route("/{path:path}", any_page, methods=["GET", "POST"])]
    async with serving(Starlette(routes=routes), "127.0.0.1", 0) as address:
        return await holdfast("override", "stuck", HOLDFAST_OPERATOR_KEY="k", HOLDFAST_API_URL=address)


@pytest.mark.parametrize("answer", [HTMLResponse("<h1>Bad gateway</h1>", 502), JSONResponse(["no", "problem"], 503)])
async def test_a_gateway_that_answers_for_an_api_is_no_api(answer: Response) -> None:
    outcome = await _behind_a_gateway(answer)
    assert (outcome.status, len(outcome.err.splitlines())) == (1, 1), outcome.err
    assert f"no Holdfast API answered, but something else (HTTP {answer.status_code})" in outcome.err


async def test_settings_of_temporal_that_are_missing_or_wrong_are_named() -> None:
    missing = await holdfast("redrive", **market(GONE))
    wrong = await holdfast("redrive", **market(GONE, TEMPORAL_PROFILE="none"))
    malformed = [
        await holdfast("redrive", **market(GONE, TEMPORAL_ADDRESS=address))
        for address in ("http://temporal:7233", "temporal", "temporal:x", ":7233")
    ]
    assert (missing.status, wrong.status, {each.status for each in malformed}) == (2, 2, {2})
    assert missing.err == "holdfast: settings missing: TEMPORAL_ADDRESS; or name a local stack with --stack"
    assert wrong.err == "holdfast: settings of Temporal: Profile 'none' not found"
    said = "holdfast: settings wrong: TEMPORAL_ADDRESS (must look like host:port)"
    assert {each.err for each in malformed} == {said}


async def test_a_folder_without_settings_of_commands_is_named(tmp_path: Path) -> None:
    (tmp_path / "environment.json").write_text('{"api": {}}')
    outcome = await holdfast("--stack", str(tmp_path), "redrive")
    assert (outcome.status, outcome.err) == (2, f"holdfast: {tmp_path} has no settings of a stack: KeyError")
