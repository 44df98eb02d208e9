"""Web sockets on bounded connections: they count, they last, and one that nobody reads is cut off."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from edge.limits import Limits
from edge.serving import serving

HOST = "127.0.0.1"
BRIEF_S = 0.3
PATIENCE_S = 60.0
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Application:
    """Echoes at /echo; at /flood it sends without end, and notes when it cannot any more."""

    def __init__(self) -> None:
        self.cut_off = asyncio.Event()
        self.app = Starlette(
            routes=[
                Route("/", self._page),
                WebSocketRoute("/echo", self._echo),
                WebSocketRoute("/flood", self._flood),
            ]
        )

    async def _page(self, _: object) -> PlainTextResponse:
        return PlainTextResponse("here")

    async def _echo(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text(await socket.receive_text())
        except WebSocketDisconnect:
            return

    async def _flood(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text("x" * 50_000)
        except (OSError, WebSocketDisconnect):
            self.cut_off.set()


async def reachable(address: str) -> bool:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client:
        try:
            return (await client.get(address)).text == "here"
        except httpx.TransportError:
            return False


def at(address: str, path: str) -> str:
    return f"{address.replace('http', 'ws', 1)}{path}"


async def test_a_web_socket_counts_as_a_connection_as_long_as_it_lasts() -> None:
    limits = Limits(of_caller=1)
    async with serving(Application().app, HOST, 0, limits=limits, sockets=True) as address:
        async with connect(at(address, "/echo"), proxy=None) as socket:
            await socket.send("hello")
            assert await socket.recv() == "hello"
            assert not await reachable(address)
        async with asyncio.timeout(PATIENCE_S):
            while not await reachable(address):
                pass  # the server learns of the end a moment later


async def test_a_web_socket_may_last_longer_than_a_request() -> None:
    limits = Limits(head_s=BRIEF_S, body_s=BRIEF_S, answer_s=BRIEF_S)
    loop = asyncio.get_running_loop()
    async with serving(Application().app, HOST, 0, limits=limits, sockets=True) as address:
        async with connect(at(address, "/echo"), proxy=None) as socket:
            until = loop.time() + 5 * BRIEF_S
            while loop.time() < until:
                await socket.send("hello")
                assert await socket.recv() == "hello"
                await asyncio.sleep(0.05)


async def test_a_web_socket_that_nobody_reads_is_cut_off() -> None:
    application = Application()
    async with serving(application.app, HOST, 0, limits=Limits(answer_s=BRIEF_S), sockets=True) as address:
        host, port = address.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(HANDSHAKE.format(path="/flood", host=host).encode())
        async with asyncio.timeout(PATIENCE_S):
            await application.cut_off.wait()
        assert await reachable(address)
        writer.close()


async def test_a_message_that_is_too_long_ends_its_web_socket_before_it_has_come() -> None:
    async with serving(Application().app, HOST, 0, limits=Limits(frame_bytes=1000), sockets=True) as address:
        async with connect(at(address, "/echo"), proxy=None, compression=None) as socket:
            await socket.send("x" * 1000)
            assert await socket.recv() == "x" * 1000
            await socket.send("x" * 1001)
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009


@pytest.mark.parametrize("size", [1, 7, 30, 1000])
async def test_frames_in_pieces_of_any_size_are_read_in_order(size: int) -> None:
    said = ["one", "two", "х" * 200, "four"]
    frames = [Frame(Opcode.TEXT, text.encode()).serialize(mask=True) for text in said]
    frames.insert(3, Frame(Opcode.PING, b"there?").serialize(mask=True))
    data = b"".join(frames)
    async with serving(Application().app, HOST, 0, sockets=True) as address:
        host, port = address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(HANDSHAKE.format(path="/echo", host=host).encode())
        async with asyncio.timeout(PATIENCE_S):
            await reader.readuntil(b"\r\n\r\n")
            for first in range(0, len(data), size):
                writer.write(data[first : first + size])
                await writer.drain()
                await asyncio.sleep(0)
            heard = Protocol(Side.CLIENT, state=State.OPEN)
            texts: list[str] = []
            while len(texts) < len(said):
                heard.receive_data(await reader.read(65_536))
                came = [event for event in heard.events_received() if isinstance(event, Frame)]
                texts += [bytes(event.data).decode() for event in came if event.opcode is Opcode.TEXT]
        writer.close()
    assert texts == said


async def test_a_program_without_sockets_refuses_them() -> None:
    async with serving(Application().app, HOST, 0) as address:
        with pytest.raises(InvalidStatus):
            async with connect(at(address, "/echo"), proxy=None):
                pass
        assert await reachable(address)
