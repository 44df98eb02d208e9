"""The people at the chats, as a program of its own, so that what measures is not what is measured.

It reads commands from standard input, a line of JSON for each, and answers likewise.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from statistics import median, quantiles
from typing import Any

import uvloop

from bench.chat_client import ChatClient
from devstack.site import ROOT

LEAST, MOST = 5, 10
PAUSE_S = 0.05  # between two messages of a connection, on average: a second's talk in half a second
OPENED_TOGETHER = 50
_LONGEST_LINE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pair:
    """A chat, and the tokens of its buyer and its seller."""

    chat_id: str
    buyer: str
    seller: str


@dataclass(frozen=True, slots=True)
class Times:
    """How many there were, and milliseconds."""

    count: int
    median_ms: float
    p99_ms: float

    @classmethod
    def of(cls, seconds: list[float]) -> Times:
        if len(seconds) < 2:
            return cls(len(seconds), 0.0, 0.0)
        return cls(len(seconds), median(seconds) * 1000, quantiles(seconds, n=100)[98] * 1000)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round measured; `delivered` from the moment of sending to each arrival, at sender and listener."""

    rate: int
    lasted_s: float
    late: int
    """How many connections began more than a tenth of a second late: the measuring program was too busy."""
    connected: Times
    stored: Times
    delivered: Times


@dataclass
class People:
    """In the measuring program."""

    port: int
    pairs: list[Pair]
    _sent: dict[str, float] = field(default_factory=dict)
    _next: count[int] = field(default_factory=count)
    _visits: count[int] = field(default_factory=count)
    _open: list[ChatClient] = field(default_factory=list)
    _delivered_s: list[float] = field(default_factory=list)

    async def listen(self, listeners: int) -> float:
        """So many chats are listened to from now on, until all leave."""
        begun = time.perf_counter()
        self._delivered_s = []
        for pair in self.pairs[:listeners]:
            heard = self._heard(self._delivered_s)
            self._open.append(await ChatClient.come(self.port, pair.seller, pair.chat_id, heard))
        return time.perf_counter() - begun

    async def round(self, rate: int, seconds: int) -> dict[str, Any]:
        """`rate` connections a second: each comes, says 5 to 10 messages and leaves."""
        connects_s: list[float] = []
        answers_s: list[float] = []
        deliveries_s = self._delivered_s

        async def visit(pair: Pair) -> None:
            begun = time.perf_counter()
            client = await ChatClient.come(self.port, pair.buyer, pair.chat_id, self._heard(deliveries_s))
            connects_s.append(time.perf_counter() - begun)
            for number in range(random.randint(LEAST, MOST)):
                said = f"message {next(self._next)}"
                self._sent[said] = sent = time.perf_counter()
                await client.say(number, said)
                answers_s.append(time.perf_counter() - sent)
                await asyncio.sleep(random.uniform(0, 2 * PAUSE_S))
            client.leave()
            await client.done

        visits, late, begun = [], 0, time.perf_counter()
        for number in range(rate * seconds):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            late += time.perf_counter() - due > 0.1
            visits.append(asyncio.create_task(visit(self.pairs[next(self._visits) % len(self.pairs)])))
        await asyncio.gather(*visits)
        lasted_s = time.perf_counter() - begun
        times = {"connected": connects_s, "stored": answers_s, "delivered": deliveries_s}
        shown = {name: vars_of(Times.of(seconds)) for name, seconds in times.items()}
        return {"rate": rate, "lasted_s": lasted_s, "late": late, **shown}

    def _heard(self, deliveries_s: list[float]) -> Callable[[str, float], None]:
        came = time.perf_counter()

        def heard(text: str, at: float) -> None:
            sent = self._sent.get(text, 0.0)
            # What was said before somebody came is history, and no delivery.
            if sent > came:
                deliveries_s.append(at - sent)

        return heard

    async def open(self, sockets: int) -> float:
        """Opens so many sockets; seconds until all were there."""
        begun = time.perf_counter()
        for first in range(0, sockets, OPENED_TOGETHER):
            coming = [
                ChatClient.come(self.port, pair.buyer, pair.chat_id, lambda text, at: None)
                for pair in self.pairs[first : min(first + OPENED_TOGETHER, sockets)]
            ]
            self._open += await asyncio.gather(*coming)
        return time.perf_counter() - begun

    async def leave(self) -> float:
        """All who are there leave."""
        begun = time.perf_counter()
        for client in self._open:
            client.leave()
        await asyncio.gather(*(client.done for client in self._open))
        self._open = []
        return time.perf_counter() - begun


def vars_of(times: Times) -> dict[str, float]:
    return {name: getattr(times, name) for name in Times.__slots__}


@dataclass
class Load:
    """The measuring program, as the benchmark sees it."""

    process: asyncio.subprocess.Process

    async def listen(self, listeners: int) -> None:
        await self._ask("listen", listeners)

    async def round(self, rate: int, seconds: int) -> Round:
        found = await self._ask("round", rate, seconds)
        times = (Times(**found[name]) for name in ("connected", "stored", "delivered"))
        return Round(found["rate"], found["lasted_s"], found["late"], *times)

    async def open(self, sockets: int) -> float:
        return float(await self._ask("open", sockets))

    async def leave(self) -> None:
        await self._ask("leave")

    async def _ask(self, *command: object) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        answer = await self.process.stdout.readline()
        assert answer, "the measuring program has ended"
        return json.loads(answer)


@asynccontextmanager
async def chat_load(port: int, pairs: list[Pair]) -> AsyncIterator[Load]:
    """A program whose people are at the chats of an API on this port."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.chat_load", cwd=ROOT, stdin=pipe, stdout=pipe, limit=_LONGEST_LINE
    )
    load = Load(process)
    try:
        await load._ask(port, [[pair.chat_id, pair.buyer, pair.seller] for pair in pairs])
        yield load
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def main() -> None:
    commands = asyncio.StreamReader(limit=_LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    port, pairs = json.loads(await commands.readline())
    people = People(port, [Pair(*one) for one in pairs])
    print("true", flush=True)
    while line := await commands.readline():
        name, *values = json.loads(line)
        print(json.dumps(await getattr(people, name)(*values)), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
