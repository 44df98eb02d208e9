"""Applications on a port: alone on it unless all that listen there say that they share it."""

from __future__ import annotations

import socket

import httpx
import pytest
import uvloop
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from edge.serving import serving
from edge.startup import complain

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
        port = port_in(address)
        async with serving(_application("second"), HOST, port, reuse_port=True) as same:
            assert same == address
            assert await _answers(address, 64) == {"first", "second"}
        assert await _answers(address, 8) == {"first"}


@pytest.mark.parametrize(("first", "second"), [(False, False), (True, False), (False, True)])
async def test_a_port_is_refused_unless_both_share_it(first: bool, second: bool) -> None:
    async with serving(_application("first"), HOST, 0, reuse_port=first) as address:
        port = port_in(address)
        with pytest.raises(OSError):
            async with serving(_application("second"), HOST, port, reuse_port=second):
                pass
        assert await _answers(address, 2) == {"first"}


def test_a_port_that_another_has_bound_and_will_listen_on_is_named_as_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """Until one of them listens, Linux lets both have the port; uvloop then does not report that it cannot listen."""
    with socket.socket() as early:
        early.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        early.bind((HOST, 0))
        port = early.getsockname()[1]

        async def both() -> None:
            async with serving(_application("first"), HOST, port):
                with pytest.raises(OSError) as refused:
                    early.listen()
                raise refused.value

        with pytest.raises(OSError, match="in use"):
            uvloop.run(both())
        early.close()

    async def late() -> None:
        async with serving(_application("first"), HOST, 0) as address:
            async with serving(_application("late"), HOST, port_in(address)):
                pass

    with pytest.raises(OSError) as taken:
        uvloop.run(late())
    assert complain("api", taken.value) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"api: {HOST}:") and said.endswith(": Address already in use\n")


def port_in(address: str) -> int:
    return int(address.rpartition(":")[2])


def test_an_unexpected_failure_keeps_its_cause(capsys: pytest.CaptureFixture[str]) -> None:
    async def lost() -> None:
        raise OSError(9, "Bad file descriptor")

    with pytest.raises(OSError) as error:
        uvloop.run(lost())
    complain("api", error.value)
    said = capsys.readouterr().err
    assert "in lost" in said and said.endswith("api: Bad file descriptor\n")
