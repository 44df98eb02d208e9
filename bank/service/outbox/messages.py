"""Sends codes to their owners: after the commit, outside any transaction, with retries until the code expires.

The outbox keeps a code sealed until its message was accepted, so that neither a crash nor a failed server loses it.
A message that was accepted just before a crash is sent again with the same id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts import messages
from bank.service.acts.codes import seal_context
from bank.service.acts.messages import Due
from bank.service.channels import Channel, NotTaken, reaching
from bank.service.messages import words
from bank.service.outbox.tries import Tries, run_every
from bank.service.values import NewCode
from edge.database import Database
from edge.sealing import Sealer

REDRIVE_EVERY_S: Final = 1.0
BATCH: Final = 20

Note = Callable[[AsyncSession], Awaitable[None]]

log = structlog.get_logger()


class Delivery:
    """One per program: `deliver` for a message just committed, `run` for what is left over.

    `channels` in order of preference: the next one is tried when one finally refuses a message. `access_minutes` is how
    long an owner lets a caller see the account.
    """

    def __init__(self, database: Database, channels: Sequence[Channel], sealer: Sealer, *, access_minutes: int) -> None:
        self._database = database
        self._channels = channels
        self._sealer = sealer
        self._access_minutes = access_minutes
        self._tries = Tries("message", self._try, self._defer)

    async def deliver(self, code: NewCode | None, wait_s: float) -> None:
        """Starts sending the message of a code and waits at most `wait_s` seconds for it; failures are retried later.

        Does nothing for a code without a message.
        """
        if code is not None:
            await asyncio.wait({self._tries.start(code.id)}, timeout=wait_s)

    async def run(self) -> None:
        """Retries due messages for ever; cancelled at the end of the program."""
        await run_every("message", self._redriver, REDRIVE_EVERY_S)

    async def stop(self) -> None:
        """Waits for the messages being sent, then closes the channels."""
        await self._tries.stop()
        for channel in self._channels:
            await channel.aclose()

    async def _redriver(self) -> None:
        if not await self._database.at_once(messages.ANY_WAITS):
            return
        async with self._database.transaction() as session:
            await messages.give_up_dead_codes(session)
            ids = await messages.list_due(session, BATCH)
        if ids:
            await asyncio.wait({self._tries.start(code_id) for code_id in ids})

    async def _try(self, code_id: int) -> None:
        due = await self._database.run(lambda session: messages.claim(session, code_id, self._access_minutes))
        if due is not None:
            await self._database.run(await self._offer(due))

    async def _defer(self, code_id: int) -> None:
        await self._database.run(lambda session: messages.defer(session, code_id))

    async def _offer(self, due: Due) -> Note:
        """One try: the channels in order, until one accepts the message or asks for a later try. Returns the result."""
        code_id, sealed = due.code.id, due.message.sealed
        assert sealed is not None, "a claimed message has its code"
        code = self._sealer.open(sealed, seal_context(code_id))
        said = words(due.facts, code, due.code.expires_at, due.owner.language)
        failure = "no channel reaches the owner"
        for channel in reaching(self._channels, due.owner, due.message.channel):
            try:
                await channel.send(due.owner, said, str(due.message.message_id))
            except NotTaken as error:
                failure = str(error)
                log.warning("message_refused", code=code_id, channel=channel.name, reason=failure)
                if not error.permanent:
                    tries = due.message.tries
                    return partial(
                        messages.note_failed, code_id=code_id, tries=tries, channel=channel.name, failure=failure
                    )
            else:
                return partial(messages.note_taken, code_id=code_id, channel=channel.name)
        return partial(messages.note_given_up, code_id=code_id, failure=failure)
