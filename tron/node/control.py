"""Commands for tests and for people who try things out; only with `control`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from domain.errors import Conflict, Malformed
from tron.addresses import address_of
from tron.node.chain import Block, CannotFork, Chain
from tron.node.faults import Eyes, Faults
from tron.node.filling import fill
from tron.node.tokens import FAKE, USDT
from tron.node.transactions import NotTaken, any_address

router = APIRouter(prefix="/control")


def _eyes(request: Request) -> Eyes:
    eyes: Eyes = request.app.state.eyes
    return eyes


EyesOfApp = Annotated[Eyes, Depends(_eyes)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Where(_Strict):
    """Where the chain is. Times are in milliseconds UTC."""

    head: int
    head_id: str
    head_time_ms: int
    solid: int
    now_ms: int
    waiting: list[str]
    usdt: str
    fake: str


class Mine(_Strict):
    """`until_now`: the blocks lead up to the clock's time, instead of going ahead of it."""

    blocks: int = Field(default=1, ge=1, le=100_000)
    until_now: bool = False


class Clock(_Strict):
    forward_s: int = Field(ge=0, le=366 * 86_400)


class Payment(_Strict):
    """In the smallest units: of the token, or sun. `fake`: the token that only calls itself USDT."""

    address: str
    minor: int = Field(gt=0, le=10**15)
    currency: Literal["USDT", "TRX", "fake"] = "USDT"


class Paid(_Strict):
    txid: str


class Fork(_Strict):
    """`lost`: ids of transactions that the new blocks do not have; `lose_all`: all of the replaced ones."""

    depth: int = Field(default=1, ge=1, le=200)
    lost: tuple[str, ...] = ()
    lose_all: bool = False
    below_solid: bool = False


class Fill(_Strict):
    """Blocks full of transfers of USDT that nobody has signed, for measurements. `recipients` get one transfer each."""

    blocks: int = Field(ge=1, le=10_000)
    transfers: int = Field(ge=0, le=2_000)
    recipients: Annotated[tuple[str, ...], Field(max_length=20_000)] = ()
    minor: int = Field(default=1_000_000, gt=0, le=10**15)


@router.get("")
async def where(eyes: EyesOfApp) -> Where:
    chain = eyes.chain
    return Where(
        head=chain.head.number,
        head_id=chain.head.id.hex(),
        head_time_ms=chain.head.time_ms,
        solid=chain.solid_number,
        now_ms=chain.now_ms,
        waiting=[txid.hex() for txid in chain.pending],
        usdt=address_of(USDT.address),
        fake=address_of(FAKE.address),
    )


@router.post("/mine")
async def mine(asked: Mine, eyes: EyesOfApp) -> Where:
    """Makes blocks; what waits goes into the first."""
    eyes.chain.mine(asked.blocks, silent=eyes.faults.silent_transfers, until_now=asked.until_now)
    return await where(eyes)


@router.post("/clock")
async def clock(asked: Clock, eyes: EyesOfApp) -> Where:
    """Moves the chain's clock forward: the next blocks are so much later."""
    eyes.chain.offset_ms += asked.forward_s * 1_000
    return await where(eyes)


@router.post("/faucet")
async def faucet(asked: Payment, eyes: EyesOfApp) -> Paid:
    """A payment from the faucet's account, which waits for the next block."""
    return Paid(txid=pay(eyes.chain, asked))


@router.post("/fork")
async def fork(asked: Fork, eyes: EyesOfApp) -> Where:
    """Replaces the newest blocks by others; their transactions are taken again unless they are lost."""
    chain = eyes.chain
    lost = {bytes.fromhex(one) for one in asked.lost}
    if asked.lose_all:
        blocks: list[Block] = chain.blocks[-asked.depth :]
        lost |= {entry.transaction.txid for block in blocks for entry in block.entries}
    try:
        chain.fork(asked.depth, lost=lost, below_solid=asked.below_solid)
    except CannotFork:
        raise Conflict("cannot_fork", "These blocks are solidified, or the chain is shorter.") from None
    return await where(eyes)


@router.put("/faults")
async def set_faults(asked: Faults, eyes: EyesOfApp) -> Faults:
    """All at once: what is left out is off."""
    eyes.faults = asked
    return asked


@router.get("/faults")
async def faults(eyes: EyesOfApp) -> Faults:
    return eyes.faults


@router.post("/fill")
async def filled(asked: Fill, eyes: EyesOfApp) -> Where:
    """Makes many full blocks quickly. A journal does not keep them, so a chain with one is not filled."""
    if eyes.chain.kept:
        raise Conflict("cannot_fill", "This chain is kept in a file.")
    recipients = [_address(one) for one in asked.recipients]
    fill(eyes.chain, asked.blocks, asked.transfers, recipients, asked.minor)
    return await where(eyes)


def pay(chain: Chain, asked: Payment) -> str:
    """The id of the faucet's transaction. Raises `Refusal`s."""
    token = {"USDT": USDT, "fake": FAKE}.get(asked.currency)
    try:
        return chain.pay(_address(asked.address), asked.minor, token).txid.hex()
    except NotTaken as refusal:
        raise Conflict("not_taken", refusal.message) from None


def _address(text: str) -> bytes:
    try:
        return any_address(text)
    except ValueError:
        raise Malformed("bad_address", "This is not a TRON address.", "address") from None
