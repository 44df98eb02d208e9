"""Outgoing transactions: each is one that we sign for the chain, and the chain decides its fate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.states import Machine

LIVES: Final = timedelta(minutes=10)  # ten times what a transaction needs to be final; a dropped one waits as long
# Two answers may come from two nodes behind one address, of which one is a little behind the other.
DROPPED_AFTER: Final = timedelta(minutes=1)
LIMIT_AGAIN_AFTER: Final = timedelta(hours=1)  # an operator may have raised the signer's limit


class Purpose(StrEnum):
    """The signer's words: each has its sender, and what it may pay to whom."""

    SWEEP = "sweep"  # the token, from an address of a top-up to the main wallet
    GAS = "gas"  # TRX, from the gas account to an address of a top-up
    WITHDRAWAL = "withdrawal"  # the token, from the main wallet to somebody else


class OutgoingState(StrEnum):
    ORDERED = "ordered"  # nothing is built
    PREPARED = "prepared"  # built and stored with its id; the signer is asked
    SIGNED = "signed"
    SENT = "sent"  # given to a node, perhaps in vain: only the solidified chain says what became of it
    DONE = "done"
    FAILED = "failed"  # in a block, but not carried out; its fee is burnt
    DROPPED = "dropped"  # it expired before a block took it, and none ever will
    REFUSED = "refused"  # the signer does not sign it


class OutgoingStep(StrEnum):
    BUILD = "build"
    SIGN = "sign"
    BROADCAST = "broadcast"
    ASK = "ask"


_S = OutgoingState
_NEXT: Final = {
    _S.ORDERED: OutgoingStep.BUILD,
    _S.PREPARED: OutgoingStep.SIGN,
    _S.SIGNED: OutgoingStep.BROADCAST,
    _S.SENT: OutgoingStep.ASK,
}
LIVE: Final = frozenset(_NEXT)
FINAL: Final = frozenset(OutgoingState) - LIVE
VOID: Final = frozenset({_S.FAILED, _S.DROPPED, _S.REFUSED})
"""It has moved nothing, and never will: only then may the same be ordered under a new number."""
MACHINE: Final = Machine(
    {_S.ORDERED},
    {
        (_S.ORDERED, _S.PREPARED),
        (_S.PREPARED, _S.SIGNED),
        (_S.PREPARED, _S.REFUSED),
        (_S.PREPARED, _S.DROPPED),
        (_S.SIGNED, _S.SENT),
        *((_S.SENT, end) for end in (_S.DONE, _S.FAILED, _S.DROPPED)),
    },
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An unsigned transaction: `txid` is the SHA-256 of the bytes `raw` (hex). No block from `expires_at` takes it."""

    txid: str
    raw: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InBlock:
    """What the solidified chain says of a transaction. `result` is SUCCESS or the reason; `fee_sun` is burnt TRX."""

    block: int
    succeeded: bool
    result: str
    fee_sun: int


def next_step(state: OutgoingState) -> OutgoingStep | None:
    return _NEXT.get(state)


def verdict(found: InBlock | None, solid_time: datetime, expires_at: datetime) -> OutgoingState | None:
    """What became of a transaction; None: not known yet, so it is asked about again.

    `solid_time` is the time of the newest solidified block, read *before* the chain was asked for the transaction:
    otherwise a block between the two answers might have it.
    """
    if found is not None:
        return _S.DONE if found.succeeded else _S.FAILED
    return _S.DROPPED if has_expired(solid_time, expires_at) else None


def has_expired(solid_time: datetime, expires_at: datetime) -> bool:
    """Whether no block can take it any more, by the chain's own clock."""
    return solid_time >= expires_at + DROPPED_AFTER
