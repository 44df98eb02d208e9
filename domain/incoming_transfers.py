"""Incoming transfers: money that arrived from outside by a gateway, each recorded once and credited at most once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.gateways import GatewayId
from domain.money import Money
from domain.states import Machine


class IncomingState(StrEnum):
    HELD_BACK = "held_back"  # another source does not confirm it yet; nothing is booked
    CREDITED = "credited"
    UNMATCHED = "unmatched"  # nobody is known to whom it belongs: in suspense
    ASSIGNED = "assigned"  # by operators, out of suspense into a wallet
    RETURNED = "returned"  # to the sender, out of suspense
    DISMISSED = "dismissed"  # operators found that it never came: nothing was booked


_S = IncomingState
UNBOOKED: Final = frozenset({_S.HELD_BACK, _S.DISMISSED})
BEGINNINGS: Final = frozenset({_S.HELD_BACK, _S.CREDITED, _S.UNMATCHED})
TRANSITIONS: Final = frozenset(
    {(_S.HELD_BACK, _S.CREDITED), (_S.HELD_BACK, _S.UNMATCHED)}
    | {(_S.UNMATCHED, _S.ASSIGNED), (_S.UNMATCHED, _S.RETURNED)}
    # What is dismissed and reported by all sources after all has come.
    | {(_S.HELD_BACK, _S.DISMISSED), (_S.DISMISSED, _S.CREDITED), (_S.DISMISSED, _S.UNMATCHED)}
)
MACHINE: Final = Machine(BEGINNINGS, TRANSITIONS)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One transfer as a gateway's source reports it.

    `external_id` is its permanent name at the gateway: `{txid}:{log index}`, or the bank's key of the operation.
    `valued_at` is when it was paid, by the gateway's own record. `address` or `reference` says for which top-up; with
    neither it is unmatched. `source` names the other side in the books: `tron`, or the sending bank's id.
    `held_back`: another source does not confirm it yet. The same arrival without it is credited then.
    """

    gateway: GatewayId
    external_id: str
    money: Money
    valued_at: datetime
    sender: str
    details: str = ""
    address: str | None = None
    reference: str | None = None
    block: int | None = None
    source: str = "tron"
    held_back: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """A source has been read up to and including `block`, after `previous_block` (None: it is read for the first time).

    `network` names the source: `tron`, or `bank/{id}`, where blocks are positions of its statement. Everything valued
    at or before `block_time` is known then.
    """

    network: str
    block: int
    block_id: str
    block_time: datetime
    previous_block: int | None


def outside_account(gateway: GatewayId, source: str, currency: str) -> str:
    """The ledger account (without its shard) that incoming money is credited from: what the source holds for us."""
    return f"outside/{source}/{currency}" if gateway is GatewayId.USDT_TRON else f"outside/deposit/{source}/{currency}"


def suspense_account(currency: str) -> str:
    """The ledger account (without its shard) of money whose owner is not known."""
    return f"suspense/{currency}"
