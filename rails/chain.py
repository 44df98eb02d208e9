"""Reading the TRON chain: solidified blocks in order, what is above them, and the word of a second provider."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from domain.errors import NoAnswer
from domain.money import MAX_MINOR, decimals
from signer.client import SignerClient
from tron.addresses import raw
from tron.client import Answer, Done, TronClient, Unknown
from tron.events import TokenTransfer, transfers_in
from tron.values import Block, Header

T = TypeVar("T")

CURRENCY: Final = "USDT"
AT_ONCE: Final = 16  # blocks that are asked for at a time: enough to hide round trips, too few to trouble a node
NEWEST_AT_MOST: Final = 64  # of the newest blocks, which are only shown: three times as many as are not solidified

SECOND_AGAIN_S: Final = 3.0  # a second provider that did not answer must not slow down the first for every block


class Broken(Exception):
    """A solidified block does not follow the one that is booked: nothing is read until an operator has looked."""


@dataclass(frozen=True, slots=True)
class ReadBlock:
    """A block, and all transfers of the token in it.

    `said` are those of them that a second provider reports; None: it is silent, or there is none.
    """

    header: Header
    transfers: Sequence[TokenTransfer]
    said: frozenset[TokenTransfer] | None = None


class Chain:
    """`first` is read, and compared with `second`, if there is one. Above `above_minor` we wait for its word.

    `contract` is the token's address. `signer` derives addresses; without one there are no new ones.
    """

    def __init__(
        self,
        first: TronClient,
        second: TronClient | None,
        contract: str,
        above_minor: int,
        signer: SignerClient | None = None,
        *,
        second_again_s: float = SECOND_AGAIN_S,
    ) -> None:
        self.first: Final = first
        self.second: Final = second
        self.above_minor: Final = above_minor
        self.signer: Final = signer
        self._contract = raw(contract)[1:].hex()
        self._newest: dict[int, ReadBlock] = {}
        self._pause_s = second_again_s
        self._second_again_s = 0.0

    async def solid_head(self) -> Header:
        """The newest solidified block. Raises `NoAnswer`."""
        return _value(await self.first.solid_head())

    async def header(self, number: int) -> Header:
        """Of a solidified block. Raises `NoAnswer`."""
        return _value(await self.first.header(number))

    async def agreed_header(self, number: int) -> Header:
        """Of a solidified block that all providers have alike. Raises `NoAnswer`."""
        header = await self.header(number)
        if self.second is not None and _value(await self.second.header(number)).id != header.id:
            raise NoAnswer("the second provider has another one")
        return header

    async def solid_blocks(self, first: int, last: int) -> list[ReadBlock]:
        """The solidified blocks from `first` on, each the parent of the next: to `last`, or up to a gap.

        Raises `NoAnswer` when the first one cannot be read. None is ever left out.
        """
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> ReadBlock | NoAnswer:
            async with limit:
                try:
                    return await self._compared(number)
                except NoAnswer as error:
                    return NoAnswer(f"block {number}: {error}")

        blocks: list[ReadBlock] = []
        for found in await asyncio.gather(*(one(number) for number in range(first, last + 1))):
            if isinstance(found, NoAnswer):
                if not blocks:
                    raise found
                break
            if blocks and found.header.parent_id != blocks[-1].header.id:
                break  # the next reading begins with it
            blocks.append(found)
        return blocks

    async def newest_blocks(self, solid: int) -> list[ReadBlock]:
        """The blocks above the solidified block `solid`. They may still be replaced. Raises `NoAnswer`.

        Only those are read that have not been read before, or were replaced.
        """
        header = _value(await self.first.head())
        kept: dict[int, ReadBlock] = {}
        number, expected = header.number, header.id
        while solid < number and len(kept) < NEWEST_AT_MOST:
            block = self._newest.get(number)
            if block is None or block.header.id != expected:
                block = self._read(number, await self.first.block(number, solid=False))
            if block.header.id != expected:
                raise NoAnswer("the newest blocks change while they are read")
            kept[number] = block
            number, expected = number - 1, block.header.parent_id
        self._newest = kept
        return list(kept.values())

    def confirms(self, block: ReadBlock, transfer: TokenTransfer) -> bool:
        """Whether a transfer in a block may be credited now. What one provider denies is not."""
        if transfer.amount_minor > MAX_MINOR:
            return False  # the books do not take it
        if self.second is None:
            return True
        return transfer.amount_minor <= self.above_minor if block.said is None else transfer in block.said

    async def _compared(self, number: int) -> ReadBlock:
        if self.second is None:
            return self._read(number, await self.first.block(number))
        if self._second_again_s > _now_s():
            return self._read(number, await self.first.block(number))
        told, second = await asyncio.gather(self.first.block(number), self.second.block(number))
        block = self._read(number, told)
        try:
            other = self._read(number, second)
        except NoAnswer:
            self._second_again_s = _now_s() + self._pause_s
            return block
        said = frozenset(other.transfers if other.header.id == block.header.id else ())
        if said - set(block.transfers):
            raise NoAnswer("the second provider reports a transfer that is not there")
        return ReadBlock(block.header, block.transfers, said)

    def _read(self, number: int, answer: Answer[Block]) -> ReadBlock:
        block = _value(answer)
        return ReadBlock(block.header, transfers_in(block.receipts, number, self._contract))

    async def aclose(self) -> None:
        for client in (self.first, self.second, self.signer):
            if client is not None:
                await client.aclose()


def chain_of(
    node: tuple[str, str] | None, second_url: str | None, above: int, signer: tuple[str, str] | None
) -> Chain | None:
    """`node`: its address, and the token's contract; None without it. `above` is in whole units of the token."""
    if node is None:
        return None
    second = None if second_url is None else TronClient(second_url)
    derives = None if signer is None else SignerClient(*signer)
    return Chain(TronClient(node[0]), second, node[1], above * 10 ** decimals(CURRENCY), derives)


def follows(block: Header, number: int, id_: str) -> None:
    """Raises `Broken` unless the block is the child of this one."""
    if (block.number, block.parent_id) != (number + 1, id_):
        raise Broken(f"block {block.number} ({block.id}) follows {block.parent_id}, not block {number} ({id_})")


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _value(answer: Answer[T]) -> T:
    if isinstance(answer, Done):
        return answer.value
    raise NoAnswer(answer.why if isinstance(answer, Unknown) else answer.code)
