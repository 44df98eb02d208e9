"""A TCP proxy that loses answers: after the work was done, or while it is still being done."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK_BYTES = 1 << 18


class Proxy:
    """Forwards 127.0.0.1:`port` to `target`; of a hundred answers it loses `percent` by cutting the connection.

    It loses none until `begin`. Half of the losses cut as soon as the request was passed on, so that a repeat meets
    work in progress. The server's side stays open until it has answered: the request is done.
    """

    def __init__(self, target: int, percent: float, seed: int) -> None:
        self._target = target
        self._wanted = percent / 100 / 2
        self._chance = 0.0
        self._dice = random.Random(seed)
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0
        self.answers = 0
        self.lost = 0

    def begin(self) -> None:
        """From now on answers are lost."""
        self._chance = self._wanted

    def end(self) -> None:
        """From now on none is."""
        self._chance = 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Proxy]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for connection in list(self._connections):
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._connected(reader, writer))
        self._connections.add(connection)  # the loop itself does not keep it alive
        connection.add_done_callback(self._connections.discard)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, questions = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        asking = asyncio.create_task(self._questions(reader, questions, writer))
        try:
            await self._answers(answers, writer)
        finally:
            asking.cancel()
            writer.transport.abort()
            questions.transport.abort()

    async def _answers(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await answers.read(CHUNK_BYTES):
                self.answers += 1
                if writer.is_closing() or self._dice.random() < self._chance:
                    self.lost += 1
                    return
                writer.write(data)
                await writer.drain()

    async def _questions(
        self, reader: asyncio.StreamReader, questions: asyncio.StreamWriter, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                questions.write(data)
                await questions.drain()
                if self._dice.random() < self._chance:
                    writer.transport.abort()
                    return  # the server continues and its answer is lost
            questions.write_eof()
