"""A socket whose client does not read has a queue; it gets everything in order, and others do not wait for it."""

from __future__ import annotations

import asyncio

from engineio import packet  # type: ignore[import-untyped]  # it has no type information
from socketio import ASGIApp  # type: ignore[import-untyped]  # the same
from websockets.asyncio.client import connect

from chat.lines import Engine, Line
from edge.serving import serving
from tests.chat.talking import PATIENCE_S

PACKETS, CHARACTERS = 1_000, 20_000  # 20 MB: more than the system keeps for a socket that nobody reads


async def test_what_a_slow_reader_has_not_taken_waits_in_order_while_others_are_sent_theirs() -> None:
    engine = Engine(async_mode="asgi")
    arrived: asyncio.Queue[str] = asyncio.Queue()

    async def come(sid: str, _environ: object) -> None:
        arrived.put_nowait(sid)

    engine.on("connect", come)
    app = ASGIApp(engine, socketio_path=None)
    async with serving(app, "127.0.0.1", 0, sockets=True) as address, asyncio.timeout(PATIENCE_S):
        url = f"{address.replace('http', 'ws', 1)}/?EIO=4&transport=websocket"
        async with connect(url, proxy=None, max_queue=1) as slow, connect(url, proxy=None) as quick:
            lines = [engine.sockets[await arrived.get()] for _ in range(2)]
            for number in range(PACKETS):
                lines[0].write(packet.Packet(packet.MESSAGE, f"{number:05}" + "x" * CHARACTERS))
            assert isinstance(lines[0], Line) and lines[0].queue.qsize() > 0
            lines[1].write(packet.Packet(packet.MESSAGE, "at once"))
            assert [str(await quick.recv())[0], await quick.recv()] == ["0", "4at once"]
            assert lines[0].queue.qsize() > 0
            assert str(await slow.recv())[0] == "0"
            heard = [str(await slow.recv())[1:6] for _ in range(PACKETS)]
    assert heard == [f"{number:05}" for number in range(PACKETS)]


async def test_a_client_that_answers_no_ping_is_cut_off() -> None:
    engine = Engine(async_mode="asgi", ping_interval=0.1, ping_timeout=0.2)
    engine.on("connect", _nothing)
    app = ASGIApp(engine, socketio_path=None)
    async with serving(app, "127.0.0.1", 0, sockets=True) as address, asyncio.timeout(PATIENCE_S):
        url = f"{address.replace('http', 'ws', 1)}/?EIO=4&transport=websocket"
        async with connect(url, proxy=None) as silent:
            heard = [str(one)[0] async for one in silent]
    assert heard == ["0", "2", "1"], "opened, asked, closed"
    assert engine.sockets == {}


async def _nothing(_sid: str, _environ: object) -> None:
    pass
