"""Applications on a port: alone on it unless all that listen there say that they share it."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from edge.serving import serving

HOST = "127.0.0.1"


def _application(name: str) -> Starlette:
    return Starlette(routes=[Route("/", lambda _: PlainTextResponse(name))])


async def _answers(address: str, connections: int) -> set[str]:
    """Who answers on new connections."""
    heard = set()
    for _ in range(connections):
        async with httpx.AsyncClient(trust_env=False) as client:
            heard.add((await client.get(address)).text)
    return heard


async def test_programs_that_share_a_port_are_dealt_its_connections_and_may_go_one_by_one() -> None:
    async with serving(_application("first"), HOST, 0, reuse_port=True) as address:
        port = int(address.rpartition(":")[2])
        async with serving(_application("second"), HOST, port, reuse_port=True) as same:
            assert same == address
            assert await _answers(address, 64) == {"first", "second"}
        assert await _answers(address, 8) == {"first"}


@pytest.mark.parametrize(("first", "second"), [(False, False), (True, False), (False, True)])
async def test_a_port_is_refused_unless_both_share_it(first: bool, second: bool) -> None:
    async with serving(_application("first"), HOST, 0, reuse_port=first) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(OSError):
            async with serving(_application("second"), HOST, port, reuse_port=second):
                pass
        assert await _answers(address, 2) == {"first"}
