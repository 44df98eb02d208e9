"""Somebody at a chat, as cheap as one can be: Socket.IO over a web socket, written by hand for this one use.

The measuring program shares the machine with what it measures, so it must not be what is measured.
"""

from __future__ import annotations

import asyncio
import json
import struct
import time
from collections.abc import Callable
from typing import cast

from devstack.ports import HOST

_HEAD = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_TEXT = b'"text":"'
OnMessage = Callable[[str, float], None]


class ChatClient(asyncio.Protocol):
    """`on_message` gets the text of each message, which needs no escape, with the moment at which it came; `done` ends
    with the connection.
    """

    def __init__(self, token: str, chat_id: str, on_message: OnMessage) -> None:
        self._auth = json.dumps({"token": token, "chat_id": chat_id})
        self._on_message = on_message
        self._data = b""
        self._open = False
        self._transport: asyncio.Transport | None = None
        self._answers: dict[int, asyncio.Future[None]] = {}
        loop = asyncio.get_running_loop()
        self.joined: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[None] = loop.create_future()

    @classmethod
    async def come(cls, port: int, token: str, chat_id: str, on_message: OnMessage) -> ChatClient:
        """Returns once it is at the chat."""
        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(lambda: cls(token, chat_id, on_message), HOST, port)
        await client.joined
        return client

    def say(self, number: int, text: str) -> asyncio.Future[None]:
        """Sends a message; done when the server has answered that it is stored."""
        self._answers[number] = asyncio.get_running_loop().create_future()
        self._send(f'42{number}["message",{json.dumps({"text": text})}]')
        return self._answers[number]

    def leave(self) -> None:
        assert self._transport is not None
        self._send("41")
        self._transport.close()

    # --- the protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(_HEAD.format(host=HOST).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        ended = ConnectionError("the server has ended the connection")
        if not self.joined.done():
            self.joined.set_exception(ended)
        for answer in self._answers.values():
            answer.set_exception(ended)
        if not self.done.done():
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        self._data += data
        if not self._open:
            head, found, rest = self._data.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._open, self._data = True, rest
        while (frame := self._frame()) is not None:
            self._receive(frame, at)

    def _frame(self) -> bytes | None:
        """The content of the next frame, if all of it has come; the server's frames are whole and unmasked."""
        data = self._data
        if len(data) < 2:
            return None
        size, start = data[1], 2
        if size == 126:
            size, start = struct.unpack_from("!H", data, 2)[0] if len(data) >= 4 else 1 << 62, 4
        elif size == 127:
            size, start = struct.unpack_from("!Q", data, 2)[0] if len(data) >= 10 else 1 << 62, 10
        if len(data) < start + size:
            return None
        self._data = data[start + size :]
        return data[start : start + size] if data[0] & 15 == 1 else b""

    def _receive(self, packet: bytes, at: float) -> None:
        if packet.startswith(b"42"):
            begin = packet.index(_TEXT) + len(_TEXT)
            self._on_message(packet[begin : packet.index(b'"', begin)].decode(), at)
        elif packet.startswith(b"43"):
            number, _, answer = packet[2:].partition(b"[")
            assert answer.startswith(b'{"ok":true,'), answer
            self._answers.pop(int(number)).set_result(None)
        elif packet == b"2":
            self._send("3")
        elif packet.startswith(b"0"):
            self._send(f"40{self._auth}")
        elif packet.startswith(b"40"):
            self.joined.set_result(None)
        elif packet.startswith(b"44"):
            self.joined.set_exception(ConnectionError(packet.decode()))

    def _send(self, packet: str) -> None:
        assert self._transport is not None
        content = packet.encode()
        length = bytes([0x80 | len(content)]) if len(content) < 126 else b"\xfe" + struct.pack("!H", len(content))
        # A mask of zeros is a mask, too, and changes nothing.
        self._transport.write(b"\x81" + length + b"\0\0\0\0" + content)
