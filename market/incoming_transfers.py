"""Incoming transfers: what gateways' readers found, booked in the transaction that moves their cursor.

Each is credited to the wallet of its top-up, whenever it is read: in full, late or not, wanted or not. What belongs to
nobody goes to suspense. States, addresses and news of wallets follow in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.gateways import GatewayId
from domain.incoming_transfers import Arrival, Cursor, IncomingState
from edge.idempotency import Names
from ledger.kernel import MAX_COMMANDS
from market.acts import Outcome
from market.signals import Signal
from market.top_ups import arrived
from store.chain import booking
from store.chain.addresses import known_addresses
from store.chain.cursors import known_until, move_cursor, rewind_cursor
from store.chain.incoming_transfers import IncomingTransfer
from store.wallets.top_ups import ending, is_final, lock_top_ups, note_seen_amounts, of_addresses, of_references

MAX_ARRIVALS: Final = MAX_COMMANDS  # of one call: their credits are one call of the ledger
MAX_ENDING: Final = 500  # signals of one call; the redriver signals the rest


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many of the arrivals are new here, and what became of those that this call booked."""

    new: int
    credited: int = 0
    unmatched: int = 0
    held_back: int = 0


async def record(session: AsyncSession, arrivals: Sequence[Arrival], cursor: Cursor | None) -> Outcome[Recorded]:
    """Books arrivals and moves the cursor of their source behind them. A repeat finds everything and changes nothing.

    An arrival that was held back and now is not is credited. Raises `OutOfOrder` for a cursor that does not continue
    where the source was left, `OtherContent` for a known transfer with another amount or recipient, ValueError for more
    than MAX_ARRIVALS and for an address that is not ours.
    """
    if len(arrivals) > MAX_ARRIVALS:
        raise ValueError(f"at most {MAX_ARRIVALS} arrivals per call")
    signals: list[Signal] = []
    if cursor is not None:
        signals = await _move(session, cursor)
    matched = await _match(session, arrivals)
    new, known = await booking.insert_new(session, matched)
    released = await booking.release(session, [(known[one.key], one) for one in matched if one.key in known])
    top_ups = await lock_top_ups(session, {row.top_up_id for row in (*new, *released) if row.top_up_id is not None})
    bookable = [row for row in (*new, *released) if row.state != IncomingState.HELD_BACK]
    credited = await booking.book(session, bookable)
    touched = {id_: row for id_, row in top_ups.items() if not is_final(row)}
    await arrived(session, top_ups, credited)
    signals += [Signal(row) for row in touched.values()]
    value = Recorded(
        new=len(new),
        credited=len(credited),
        unmatched=len(bookable) - len(credited),
        held_back=len(new) + len(released) - len(bookable),
    )
    about = Names(IncomingTransfer.__tablename__, "" if cursor is None else f"{cursor.network}/{cursor.block}")
    return Outcome(value, about, tuple({signal.about.id: signal for signal in signals}.values()))


async def rewind(session: AsyncSession, to: Cursor, by: str, why: str) -> Outcome[int]:
    """An operator sets the cursor of a source back to a block before it: what follows is read again, and known by key.

    The value is where it stood. Raises `NotBehind`.
    """
    before = await rewind_cursor(session, to, by, why)
    return Outcome(before, Names(IncomingTransfer.__tablename__, f"{to.network}/{to.block}"))


async def note_seen(session: AsyncSession, seen: Mapping[str, int]) -> Outcome[int]:
    """What blocks hold for our addresses that may still vanish, in minor units; all that is not named has vanished.

    Only shown. The value is how many top-ups have changed.
    """
    owners = await of_addresses(session, seen)
    amounts = {match.top_up_id: seen[address] for address, match in owners.items()}
    changed = await note_seen_amounts(session, GatewayId.USDT_TRON, amounts)
    await arrived(session, changed, [])
    about = Names(IncomingTransfer.__tablename__, "seen")
    return Outcome(len(changed), about, tuple(Signal(row) for row in changed.values() if not is_final(row)))


async def _move(session: AsyncSession, cursor: Cursor) -> list[Signal]:
    """Moves the cursor; the top-ups that can now be ended are signalled."""
    gateway = gateway_of(cursor.network)
    before = await known_until(session, gateway)
    await move_cursor(session, gateway, cursor)
    after = await known_until(session, gateway)
    if after is None or after == before:
        return []
    return [Signal(row) for row in await ending(session, gateway, before, after, MAX_ENDING)]


def gateway_of(network: str) -> GatewayId:
    return GatewayId.USDT_TRON if network == "tron" else GatewayId.BANK_TRANSFER


async def _match(session: AsyncSession, arrivals: Sequence[Arrival]) -> list[booking.Matched]:
    """Each arrival once, with the top-up that it is for, if that is known; in the order of keys."""
    once = {(arrival.gateway, arrival.external_id): arrival for arrival in arrivals}
    addresses = {arrival.address for arrival in arrivals if arrival.address is not None}
    ours = await known_addresses(session, addresses)
    if foreign := addresses - ours.keys():
        raise ValueError(f"not our addresses: {sorted(foreign)[:3]}")
    by_address = await of_addresses(session, addresses)
    by_reference = await of_references(session, {one.reference for one in arrivals if one.reference is not None})
    found: list[booking.Matched] = []
    for _, arrival in sorted(once.items()):
        owner = by_address.get(arrival.address or "") or by_reference.get(arrival.reference or "")
        if owner is not None and (owner.currency, owner.gateway) != (arrival.money.currency, arrival.gateway):
            owner = None
        index = ours[arrival.address].index if arrival.address is not None else None
        wallet_id: UUID | None = None if owner is None else owner.wallet_id
        found.append(booking.Matched(arrival, index, None if owner is None else owner.top_up_id, wallet_id))
    return found
