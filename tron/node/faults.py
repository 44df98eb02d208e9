"""What a node does wrong on command. The chain behind it stays right, so that a second node is right."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tron.node.chain import Block, Chain
from tron.node.tokens import TRANSFERRED, USDT
from tron.node.transactions import any_address
from tron.node.views import Json, receipts_json


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lie(_Strict):
    """About the receipts of one block. `minor` is in the token's smallest units.

    `amount`: the first transfer of USDT has another amount; `omit`: it is missing; `invent`: there is one more, of
    `minor` to `recipient`, that no block has; `fail`: the first receipt says it failed, its event stays.
    """

    block: int = Field(ge=0)
    kind: Literal["amount", "omit", "invent", "fail"]
    minor: int = Field(default=1_000_000, gt=0)
    recipient: str | None = None


class Faults(_Strict):
    """All at once; what is left out is off."""

    outage: Literal["none", "unavailable", "hang_up", "nonsense"] = "none"
    """Every answer is 503, a broken connection, or a page of HTML."""
    slow_ms: int = Field(default=0, ge=0, le=60_000)
    stale_at: int | None = Field(default=None, ge=0)
    """The node stays at this block: it answers as if no newer one existed."""
    missing_blocks: Annotated[tuple[int, ...], Field(max_length=1000)] = ()
    """Asked for these, the node answers as for blocks that do not exist."""
    missing_receipts: Annotated[tuple[int, ...], Field(max_length=1000)] = ()
    """These blocks have transactions, but the list of their receipts is empty."""
    lies: Annotated[tuple[Lie, ...], Field(max_length=1000)] = ()
    drop_broadcasts: bool = False
    """The node says that it has taken a transaction, and forgets it."""
    lose_broadcast_answers: bool = False
    """The node takes a transaction, and answers 504."""
    refuse_broadcasts: str | None = Field(default=None, pattern="^[A-Z_]{1,40}$")
    """The code with which every transaction is refused, such as SERVER_BUSY."""
    silent_transfers: bool = False
    """Transfers in new blocks write no event. This is a fault of the token's contract, and so true on the chain."""


NONE = Faults()


class Eyes:
    """The chain as a node with faults sees it."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.faults = NONE

    @property
    def head(self) -> Block:
        stale = self.faults.stale_at
        return self.chain.head if stale is None else self.chain.blocks[min(stale, self.chain.head.number)]

    @property
    def solid_head(self) -> Block:
        return self.chain.blocks[max(0, self.head.number - self.chain.solid_after)]

    def newest(self, *, solid: bool) -> Block:
        return self.solid_head if solid else self.head

    def sees(self, block: Block | None, *, solid: bool) -> bool:
        """Whether the node has the block."""
        known = block is not None and block.number <= self.newest(solid=solid).number
        return known and block is not None and block.number not in self.faults.missing_blocks

    def block(self, number: int, *, solid: bool) -> Block | None:
        found = self.chain.block(number)
        return found if self.sees(found, solid=solid) else None

    def tells_the_truth_about(self, number: int) -> bool:
        return number not in self.faults.missing_receipts and all(lie.block != number for lie in self.faults.lies)

    def receipts(self, block: Block, *, visible: bool) -> list[Json]:
        if block.number in self.faults.missing_receipts:
            return []
        receipts = receipts_json(block, visible)
        for lie in self.faults.lies:
            if lie.block == block.number:
                _distort(receipts, block, lie)
        return receipts


def _distort(receipts: list[Json], block: Block, lie: Lie) -> None:
    data = lie.minor.to_bytes(32, "big").hex()
    if lie.kind == "invent":
        receipts.append(_invented(block, lie.recipient, data))
        return
    transfers = [one for one in receipts if any(log["address"] == USDT.address[1:].hex() for log in one.get("log", ()))]
    if not transfers:
        return
    if lie.kind == "omit":
        receipts.remove(transfers[0])
    elif lie.kind == "fail":
        transfers[0]["result"] = "FAILED"
        transfers[0]["receipt"]["result"] = "REVERT"
    else:
        transfers[0]["log"][0]["data"] = data


def _invented(block: Block, recipient: str | None, data: str) -> Json:
    to = any_address(recipient) if recipient else USDT.address
    topics = [TRANSFERRED.hex(), USDT.address[1:].hex().rjust(64, "0"), to[1:].hex().rjust(64, "0")]
    return {
        "id": f"{block.number:064x}",
        "blockNumber": block.number,
        "blockTimeStamp": block.time_ms,
        "contractResult": [(1).to_bytes(32, "big").hex()],
        "contract_address": USDT.address.hex(),
        "receipt": {"energy_usage_total": 64_285, "result": "SUCCESS"},
        "log": [{"address": USDT.address[1:].hex(), "topics": topics, "data": data}],
    }
