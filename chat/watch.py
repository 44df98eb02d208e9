"""Looks after the sockets by a timer: who may be at a chat no longer is sent away, who never came to one is cut off."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from chat.sockets import Sockets
from edge.database import OUTAGES, is_outage

log = structlog.get_logger()

EVERY_S: Final = 5.0
AT_ONCE: Final = 500  # seats that are asked about in one statement of some milliseconds
COME_WITHIN_S: Final = 10.0  # from the first bytes to a chat


class Watch:
    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets
        self._waiting: dict[str, float] = {}
        self._reported = 0

    async def run(self) -> None:
        """Never ends. A round that fails is logged, and the next one looks again."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001  # the next round looks again
                log.warning("chat_watch_failed", error=type(error).__name__)

    async def _look(self) -> None:
        seats = self._sockets.seats.all()
        for first in range(0, len(seats), AT_ONCE):
            try:
                await self._sockets.look_after(seats[first : first + AT_ONCE])
            except OUTAGES as error:
                if not is_outage(error):
                    raise
                break  # nobody knows better
        self._cut_off(asyncio.get_running_loop().time())
        if self._sockets.ignored > self._reported:
            log.info("chat_events_ignored", events=self._sockets.ignored - self._reported)
            self._reported = self._sockets.ignored

    def _cut_off(self, now_s: float) -> None:
        sockets = self._sockets.server.eio.sockets
        for seat in self._sockets.seats.all():
            if seat.eio_sid not in sockets:  # it ended without a word
                self._sockets.seats.leave(seat.sid)
        open_ = set(sockets) - {seat.eio_sid for seat in self._sockets.seats.all()}
        self._waiting = {eio_sid: self._waiting.get(eio_sid, now_s) for eio_sid in open_}
        for eio_sid, since_s in list(self._waiting.items()):
            if now_s - since_s >= COME_WITHIN_S:
                self._sockets.hang_up(eio_sid)
