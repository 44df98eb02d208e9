"""Health and readiness of a program that serves nothing else."""

from __future__ import annotations

import asyncio
import socket
from typing import NoReturn

import httpx
import pytest

from edge import health
from edge.health import probe, serve_health


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def broken() -> NoReturn:
    raise ConnectionError


async def test_a_program_is_ready_when_everything_it_needs_answers() -> None:
    async with serve_health("127.0.0.1", 0, {"database": yes, "temporal": yes}) as address:
        async with httpx.AsyncClient(trust_env=False) as client:
            alive, ready = await client.get(f"{address}/health"), await client.get(f"{address}/ready")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ok"})


async def test_a_program_names_what_does_not_answer_and_stays_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_WITHIN_S", 0.05)
    never = asyncio.Event()
    checks = {"database": yes, "temporal": no, "bank": broken, "mail": never.wait}
    async with serve_health("127.0.0.1", 0, checks) as address:
        async with httpx.AsyncClient(trust_env=False) as client:
            alive, ready = await client.get(f"{address}/health"), await client.get(f"{address}/ready")
    assert alive.status_code == 200
    assert (ready.status_code, ready.json()["code"]) == (503, "not_ready")
    assert ready.json()["detail"] == "Not answering: temporal, bank, mail."
    assert ready.headers["content-type"] == "application/problem+json"
    assert ready.headers["retry-after"] == "1"


async def remind() -> list[str]:
    return ["Water the plants."]


async def test_notices_for_operators_are_added_to_either_answer() -> None:
    for needs, answer in (
        (yes, {"status": "ok", "notices": ["Water the plants."]}),
        (no, "Not answering: mail. Water the plants."),
    ):
        async with serve_health("127.0.0.1", 0, {"mail": needs}, remind) as address:
            async with httpx.AsyncClient(trust_env=False) as client:
                ready = await client.get(f"{address}/ready")
            assert answer in (ready.json(), ready.json().get("detail"))
            assert "Water the plants." in (await probe(address))[1]
    async with serve_health("127.0.0.1", 0, {"mail": yes}, broken) as address:
        assert await probe(address) == (True, "ready"), "missing notices keep no program from being ready"


async def test_a_taken_port_is_an_error_and_not_the_end_of_the_program() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(OSError, match="in use"):
            async with serve_health("127.0.0.1", taken.getsockname()[1], {}):
                pass
