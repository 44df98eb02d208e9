"""The scanner: reads the chain block by block, and has booked what has arrived on our addresses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.poller import AGAIN_S, LASTS_S, now_s, stops_within
from activities.steps import Steps
from domain.errors import NoAnswer
from domain.gateways import GatewayId
from domain.incoming_transfers import Arrival, Cursor
from domain.money import Money
from edge.database import Database
from market.incoming_transfers import MAX_ARRIVALS, note_seen, record
from market.signals import Signaller
from payloads.poller import PollOrder
from payloads.scanner import ScanReport
from rails.asking import beating
from rails.chain import CURRENCY, Broken, Chain, ReadBlock, follows
from store.chain.addresses import add_to_pool, ours, pool
from store.chain.booking import OtherContent
from store.chain.cursors import ChainCursor, OutOfOrder, cursor_of
from store.chain.incoming_transfers import held_back_blocks
from store.chain.providers import FIRST, note_answer, note_broken, note_silence
from tron.addresses import address_of
from tron.events import TokenTransfer
from tron.values import Header

log = structlog.get_logger()

NETWORK: Final = "tron"
EVERY_S: Final = 1.0  # the chain has a block every 3 s, and somebody waits for theirs
BATCH: Final = 50  # blocks of one transaction while there is a backlog
BATCHES: Final = 20  # then the other parts of a round have their turn
POOL: Final = 400  # free addresses: as many top-ups can begin while the signer is away
DERIVED_AT_ONCE: Final = 200
HELD_AT_ONCE: Final = 20  # blocks with transfers that are held back
HELD_EVERY_S: Final = 5.0
NOTED_EVERY_S: Final = 15.0  # that a provider answers as before


class ScannerActivities:
    """`chain` None: the gateway is off, and nothing is read.

    `first_block` is the first to read, when nothing was read before; None: the one after the newest solidified block.
    """

    def __init__(
        self,
        database: Database,
        signaller: Signaller,
        chain: Chain | None,
        *,
        first_block: int | None = None,
        every_s: float = EVERY_S,
        lasts_s: float = LASTS_S,
    ) -> None:
        self._database = database
        self._steps = Steps(database, signaller)
        self._chain = chain
        self._first_block = first_block
        self._every_s = every_s
        self._lasts_s = lasts_s
        self._newest: dict[str, dict[str, int]] = {}  # what each block holds for our addresses
        self._seen: dict[str, int] | None = None
        self._held_at_s = 0.0
        self._held_after = 0
        self._again_at_s: dict[str, float] = {}  # parts of a round that have failed
        self._noted: tuple[str, float] | None = None

    @activity.defn
    async def scan_blocks(self, _: PollOrder) -> ScanReport:
        """Round after round, until ten minutes have passed or the worker stops."""
        report, ends_at_s = ScanReport(), now_s() + self._lasts_s
        async with beating():
            while True:
                if self._chain is not None:
                    report += await self.round(self._chain)
                if await stops_within(self._every_s) or now_s() >= ends_at_s:
                    return report

    async def round(self, chain: Chain) -> ScanReport:
        """Books new solidified blocks, asks again about what is held back, looks at what is newer, fills the pool.

        A part that fails keeps no other from its turn. Raises when our own database does.
        """
        report = await self._read(chain)
        for name, part in (("held_back", self._ask_again), ("newest", self._look_ahead), ("pool", self._fill_pool)):
            if now_s() < self._again_at_s.get(name, 0):
                continue
            try:
                await part(chain)
            except NoAnswer as error:
                log.warning("part_of_a_round_left_out", part=name, why=str(error))
                self._again_at_s[name] = now_s() + AGAIN_S
        return report

    async def _read(self, chain: Chain) -> ScanReport:
        """Notes whether the provider gives what it is asked for: an operator must see it when it does not."""
        report = ScanReport()
        try:
            head = await chain.solid_head()
            async for some in self._up_to(chain, head):
                report += some
        except OutOfOrder as error:  # another scanner was faster
            log.info("another_scanner_was_faster", detail=str(error))
        except (Broken, OtherContent) as error:
            await self._note(str(error), partial(note_broken, name=FIRST, why=str(error)))
        except NoAnswer as error:
            await self._note(str(error), partial(note_silence, name=FIRST, why=str(error)))
        else:
            await self._note("", partial(note_answer, name=FIRST, head=head.number))
        return report

    # --- solidified blocks

    async def _up_to(self, chain: Chain, head: Header) -> AsyncIterator[ScanReport]:
        cursor = await self._cursor(chain, head)
        ahead: asyncio.Task[list[ReadBlock]] | None = None
        try:
            for _ in range(BATCHES):
                if cursor.block >= head.number or _stopping():
                    break
                blocks = await (ahead or self._batch(chain, cursor.block, head))
                follows(blocks[0].header, cursor.block, cursor.block_id)
                # The next blocks are read while these are booked.
                ahead = asyncio.create_task(self._batch(chain, blocks[-1].header.number, head))
                yield ScanReport(len(blocks), await self.book(chain, blocks, after=cursor.block))
                cursor = _cursor_at(blocks[-1].header, cursor.block)
        finally:
            if ahead is not None:
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)

    async def _batch(self, chain: Chain, after: int, head: Header) -> list[ReadBlock]:
        return await chain.solid_blocks(after + 1, min(after + BATCH, head.number))

    async def _cursor(self, chain: Chain, head: Header) -> Cursor | ChainCursor:
        """Where reading has come to; it begins here when nothing was read before."""
        async with self._database.reading() as session:
            found = await cursor_of(session, NETWORK)
        if found is not None:
            return found
        before = head if self._first_block is None else await chain.header(self._first_block - 1)
        begun = _cursor_at(before, None)
        await self._record([], begun)
        return begun

    async def book(self, chain: Chain, blocks: Sequence[ReadBlock], *, after: int | None) -> int:
        """Books what blocks bring to our addresses, and moves the cursor from `after` to the last of them.

        None: they are read again, and the cursor stays. How many transfers there were. Raises `OutOfOrder`.
        """
        arrivals = await self._arrivals(chain, blocks)
        await self._record(arrivals, None if after is None else _cursor_at(blocks[-1].header, after))
        return len(arrivals)

    async def _record(self, arrivals: Sequence[Arrival], cursor: Cursor | None) -> None:
        """The cursor moves with the last of them: those before may be booked again, which changes nothing."""
        some = list(arrivals)
        while len(some) > MAX_ARRIVALS:
            await self._steps.take(partial(record, arrivals=some[:MAX_ARRIVALS], cursor=None))
            some = some[MAX_ARRIVALS:]
        await self._steps.take(partial(record, arrivals=some, cursor=cursor))

    async def _arrivals(self, chain: Chain, blocks: Sequence[ReadBlock]) -> list[Arrival]:
        """What these blocks bring to our addresses."""
        mine = await self._ours(blocks)
        return [
            _arrival(one, mine[one.recipient], block.header, held_back=not chain.confirms(block, one))
            for block in blocks
            for one in block.transfers
            if one.recipient in mine
        ]

    async def _ours(self, blocks: Sequence[ReadBlock]) -> dict[str, str]:
        """Our addresses among the recipients, in both forms, by one statement."""
        recipients = {one.recipient for block in blocks for one in block.transfers}
        if not recipients:
            return {}
        by_address = {address_of(bytes.fromhex(one)): one for one in recipients}
        async with self._database.reading() as session:
            return {by_address[address]: address for address in await ours(session, list(by_address))}

    async def _ask_again(self, chain: Chain) -> None:
        """Credits what was held back and is confirmed now. Some blocks at a time, each in its turn."""
        if now_s() < self._held_at_s:
            return
        self._held_at_s = now_s() + HELD_EVERY_S
        async with self._database.reading() as session:
            numbers = await held_back_blocks(session, GatewayId.USDT_TRON, self._held_after, HELD_AT_ONCE)
        self._held_after = numbers[-1] if len(numbers) == HELD_AT_ONCE else 0
        for number in numbers:
            blocks = await chain.solid_blocks(number, number)
            confirmed = [one for one in await self._arrivals(chain, blocks) if not one.held_back]
            if confirmed:
                await self._record(confirmed, None)

    # --- what is not solidified yet

    async def _look_ahead(self, chain: Chain) -> None:
        """Shows what blocks hold that may still be replaced. Each is looked at once."""
        async with self._database.reading() as session:
            cursor = await cursor_of(session, NETWORK)
        if cursor is None:
            return
        blocks = await chain.newest_blocks(cursor.block)
        mine = await self._ours(new := [block for block in blocks if block.header.id not in self._newest])
        for block in new:
            found = self._newest[block.header.id] = dict[str, int]()
            for one in block.transfers:
                if (address := mine.get(one.recipient)) is not None:
                    found[address] = found.get(address, 0) + one.amount_minor
        self._newest = {block.header.id: self._newest[block.header.id] for block in blocks}
        seen: dict[str, int] = {}
        for found in self._newest.values():
            for address, minor in found.items():
                seen[address] = seen.get(address, 0) + minor
        if seen != self._seen:
            await self._steps.take(partial(note_seen, seen=seen))
            self._seen = seen

    # --- addresses, and what is known of the provider

    async def _fill_pool(self, chain: Chain) -> None:
        """Derives addresses, once reading has begun: nothing can arrive on one before the first block that is read."""
        if chain.signer is None:
            return
        async with self._database.reading() as session:
            (free, first), begun = await pool(session), await cursor_of(session, NETWORK)
        if begun is None or free > POOL - DERIVED_AT_ONCE:
            return
        derived = await chain.signer.addresses(first, DERIVED_AT_ONCE)

        async def store(session: AsyncSession) -> None:
            await add_to_pool(session, first, [one.address for one in derived])

        await self._database.run(store)

    async def _note(self, complaint: str, note: Callable[[AsyncSession], Awaitable[None]]) -> None:
        """Stores what a provider did: at once when it has changed, else from time to time."""
        if self._noted is not None and self._noted[0] == complaint and now_s() < self._noted[1] + NOTED_EVERY_S:
            return
        if complaint:
            log.warning("chain_not_read", why=complaint)
        await self._database.run(note)
        self._noted = (complaint, now_s())


def _stopping() -> bool:
    return activity.in_activity() and activity.is_worker_shutdown()


def _cursor_at(header: Header, previous: int | None) -> Cursor:
    return Cursor(NETWORK, header.number, header.id, header.time, previous)


def _arrival(one: TokenTransfer, address: str, header: Header, *, held_back: bool) -> Arrival:
    return Arrival(
        gateway=GatewayId.USDT_TRON,
        external_id=one.external_id,
        money=Money(one.amount_minor, CURRENCY),
        valued_at=header.time,
        sender=address_of(bytes.fromhex(one.sender)),
        address=address,
        block=header.number,
        held_back=held_back,
    )
