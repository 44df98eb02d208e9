"""Two stacks on one machine: a port says nothing about who listens on it, so each program has to say whose it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from devstack.errors import StackError
from devstack.people import settle_people
from devstack.ports import Claims, choose_ports
from devstack.site import PORTS, Site
from devstack.state import StateFolder
from edge.serving import serving
from edge.stack_word import STACK_HEADER
from tests.devstack.children import plain_environment, tiny_program


class Bank:
    """A bank that is ready and belongs to the stack `word`; it keeps what it is sent."""

    def __init__(self) -> None:
        self.word = "another stack"
        self.asked: list[tuple[str, str | None]] = []

    async def answer(self, request: Request) -> Response:
        self.asked.append((request.url.path, request.headers.get("Authorization")))
        return JSONResponse({"items": []}, headers={STACK_HEADER: self.word})


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, bank: Bank) -> AsyncIterator[Site]:
    """A stack on whose port for the bank `bank` listens."""
    state, claims = StateFolder(tmp_path / "state"), Claims()
    await state.open()
    ports = choose_ports(PORTS, tmp_path / "ports.json", claims, plain_environment())
    claims.release()
    routes = [Route("/{path:path}", bank.answer, methods=["GET", "POST"])]
    async with serving(Starlette(routes=routes), "127.0.0.1", 0) as address:
        yield Site(state, {**ports, "bank": int(address.rpartition(":")[2])}, plain_environment())
    state.close()


async def test_a_program_of_another_stack_is_recognised(site: Site, bank: Bank) -> None:
    program = tiny_program("bank", "bank")
    ready = program.part(site).ready
    assert not await ready()
    bank.word = program.environment(site)["HOLDFAST_STACK"]
    assert await ready()


async def test_the_admin_key_is_not_sent_to_a_program_of_another_stack(
    site: Site, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody_is_there(_: Site) -> bool:
        return False

    monkeypatch.setattr("devstack.people._are_there", nobody_is_there)
    site.state.keep_secret("bank_admin_key", "hf_bank_admin")
    with pytest.raises(StackError, match="another program answers on the port of bank"):
        await settle_people(site)
    assert bank.asked == [("/ready", None)]
