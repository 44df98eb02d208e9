"""Dispatches webhooks, which say that answers are ready: after the commit, signed, retried until they are taken.

The outbox is committed with the answer, so that a crash loses no webhook; one that was taken just before a crash is
sent again with the same webhook-id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from bank.service.acts.webhooks import ANY_DUE, Claimed, Outcome, claim, conclude, defer, due, secret_context
from bank.service.outbox.tries import Tries, run_every
from bank.service.rules.webhooks import message_body, message_id
from edge.database import Database
from edge.outward import Outward, OutwardFailed
from edge.sealing import Sealer
from edge.webhooks import signed
from edge.wire import utc

REDRIVE_EVERY_S: Final = 0.5
BATCH: Final = 20
OF_ONE_CALLER: Final = 4  # at a time: in the ten seconds of a time-out one that is slow takes four fifths of the room
MAX_UNDER_WAY: Final = 100
GONE: Final = 410


class WebhookDispatcher:
    """One per program: `start` for webhooks just committed, `run` for what is due later or left over."""

    def __init__(self, database: Database, outward: Outward, sealer: Sealer) -> None:
        self._database = database
        self._outward = outward
        self._sealer = sealer
        self._tries = Tries("webhook", self._try, self._defer)

    async def start(self, numbers: Sequence[int]) -> None:
        """Begins to deliver committed webhooks; failures are retried later."""
        for number in numbers:
            self._tries.start(number)

    async def finish(self, numbers: Sequence[int]) -> None:
        """Delivers committed webhooks, or has tried to: each try is bounded in time."""
        if numbers:
            await asyncio.wait({self._tries.start(number) for number in numbers})

    async def run(self) -> None:
        """Delivers what is due, for ever; cancelled at the end of the program."""
        await run_every("webhook", self._redriver, REDRIVE_EVERY_S)

    async def stop(self) -> None:
        """Waits for the webhooks being delivered."""
        await self._tries.stop()
        await self._outward.aclose()

    async def _redriver(self) -> None:
        if not await self._database.at_once(ANY_DUE):
            return
        async with self._database.transaction() as session:
            numbers = await due(session, BATCH, OF_ONE_CALLER)
        if len(self._tries) < MAX_UNDER_WAY:
            await self.start(numbers)

    async def _try(self, number: int) -> None:
        claimed = await self._database.run(lambda session: claim(session, number))
        if claimed is not None:
            outcome = await self._deliver(claimed)
            await self._database.run(lambda session: conclude(session, outcome))

    async def _defer(self, number: int) -> None:
        await self._database.run(lambda session: defer(session, number))

    async def _deliver(self, claimed: Claimed) -> Outcome:
        if claimed.url is None or claimed.sealed is None:
            return Outcome(claimed, "no address", hopeless=True)
        secret = self._sealer.open(claimed.sealed, secret_context(claimed.caller))
        body = message_body(claimed.key, claimed.operation, claimed.status, utc(claimed.created_at))
        headers = signed(secret, message_id(claimed.caller, claimed.key, claimed.status), claimed.now, body)
        try:
            status = await self._outward.post(claimed.url, {**headers, "Content-Type": "application/json"}, body)
        except OutwardFailed as error:
            return Outcome(claimed, str(error))
        if 200 <= status < 300:
            return Outcome(claimed)
        return Outcome(claimed, f"HTTP {status}", gone=status == GONE)
