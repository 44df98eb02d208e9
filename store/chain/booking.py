"""Incoming transfers are stored and booked many at a time: a fixed number of statements, however many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.gateways import GatewayId
from domain.incoming_transfers import UNBOOKED, Arrival, IncomingState, outside_account, suspense_account
from domain.keys import incoming_key, refused_incoming_key
from ledger.accounts import Named, open_named, shard
from ledger.commands import MAX_REFERENCE_CHARACTERS, Post
from ledger.kernel import post
from ledger.outcomes import Refused
from store.chain.incoming_transfers import IncomingTransfer
from store.payments.books import SHARDS
from store.wallets.funding import note_value_times
from store.wallets.wallets import sides

Key = tuple[str, str]


class OtherContent(RuntimeError):
    """A transfer that is recorded is reported again with another amount or recipient: the source cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Matched:
    """An arrival, the index of the address that received it, and the top-up and wallet that it is for, if known."""

    arrival: Arrival
    address_index: int | None
    top_up_id: UUID | None
    wallet_id: UUID | None

    @property
    def key(self) -> Key:
        return str(self.arrival.gateway), self.arrival.external_id


async def insert_new(
    session: AsyncSession, matched: Sequence[Matched]
) -> tuple[list[IncomingTransfer], dict[Key, IncomingTransfer]]:
    """Stores what is not known yet, and returns it with the rows that are known already, by their keys.

    Raises `OtherContent`.
    """
    if not matched:
        return [], {}
    query = insert(IncomingTransfer).on_conflict_do_nothing(index_elements=["gateway", "external_id"])
    made = query.returning(IncomingTransfer)
    values = [_values(one) for one in matched]
    new = list(await session.scalars(made.values(values), execution_options={"populate_existing": True}))
    stored = {(row.gateway, row.external_id) for row in new}
    others = [one for one in matched if one.key not in stored]
    return new, await _known(session, others)


async def _known(session: AsyncSession, others: Sequence[Matched]) -> dict[Key, IncomingTransfer]:
    if not others:
        return {}
    key = tuple_(IncomingTransfer.gateway, IncomingTransfer.external_id)
    rows = await session.scalars(select(IncomingTransfer).where(key.in_([one.key for one in others])))
    known = {(row.gateway, row.external_id): row for row in rows}
    for one in others:
        row, arrival = known[one.key], one.arrival
        if row.state == IncomingState.DISMISSED:
            continue  # of a block that was replaced: the new one may have another time
        content = (row.amount_minor, row.currency, row.valued_at, row.address_index)
        if content != (arrival.money.minor, arrival.money.currency, arrival.valued_at, one.address_index):
            raise OtherContent(f"{row.gateway} {row.external_id}: {content} is recorded, and now {arrival}")
    return known


def _values(one: Matched) -> dict[str, Any]:
    arrival = one.arrival
    state = IncomingState.UNMATCHED if one.wallet_id is None else IncomingState.CREDITED
    return {
        "gateway": arrival.gateway,
        "external_id": arrival.external_id,
        "amount_minor": arrival.money.minor,
        "currency": arrival.money.currency,
        "valued_at": arrival.valued_at,
        "source": arrival.source,
        "sender": arrival.sender,
        "details": arrival.details,
        "block": arrival.block,
        "address_index": one.address_index,
        "top_up_id": one.top_up_id,
        "wallet_id": one.wallet_id,
        "state": IncomingState.HELD_BACK if arrival.held_back else state,
    }


async def release(session: AsyncSession, known: Sequence[tuple[IncomingTransfer, Matched]]) -> list[IncomingTransfer]:
    """Those that were held back or dismissed and now are confirmed, locked, ready to be booked."""
    confirmed = {row.id: one.arrival for row, one in known if row.state in UNBOOKED and not one.arrival.held_back}
    if not confirmed:
        return []
    query = select(IncomingTransfer).where(IncomingTransfer.id == func.any(list(confirmed)))
    locked = query.order_by(IncomingTransfer.id).with_for_update(key_share=True)
    found = await session.scalars(locked.execution_options(populate_existing=True))
    rows = [row for row in found if row.state in UNBOOKED]
    for row in rows:
        arrival = confirmed[row.id]
        row.valued_at, row.block, row.amount_minor = arrival.valued_at, arrival.block, arrival.money.minor
        row.state = IncomingState.UNMATCHED if row.wallet_id is None else IncomingState.CREDITED
    await session.flush()
    return rows


async def book(session: AsyncSession, rows: Sequence[IncomingTransfer]) -> list[IncomingTransfer]:
    """Posts stored transfers by one call of the ledger, and returns those that were credited to a wallet.

    One that its wallet cannot take goes to suspense with those whose owner is not known.
    """
    if not rows:
        return []
    await _raise_balances(session, rows)
    accounts = await _accounts(session, rows)
    connection = await session.connection()
    outcomes = await post(connection, [_post(row, accounts) for row in rows])
    refused = [row for row, outcome in zip(rows, outcomes, strict=True) if isinstance(outcome, Refused)]
    if refused:
        await _to_suspense(session, refused, accounts)
    credited = [row for row in rows if row.state == IncomingState.CREDITED]
    paid = [(accounts[f"wallet/{row.wallet_id}"], row.valued_at, row.amount_minor) for row in credited]
    await note_value_times(session, paid)
    return credited


async def _to_suspense(session: AsyncSession, rows: Sequence[IncomingTransfer], accounts: Mapping[str, int]) -> None:
    for row in rows:
        row.state = IncomingState.UNMATCHED
    again = [_post(row, accounts, refused_incoming_key(row.gateway, row.external_id)) for row in rows]
    outcomes = await post(await session.connection(), again)
    if lost := [outcome for outcome in outcomes if isinstance(outcome, Refused)]:
        raise RuntimeError(f"the books refuse what has arrived: {lost}")
    await session.flush()


def _outside(row: IncomingTransfer) -> Named:
    code = outside_account(GatewayId(row.gateway), row.source, row.currency)
    return shard(code, SHARDS, incoming_key(row.gateway, row.external_id))


def _suspense(row: IncomingTransfer) -> Named:
    return shard(suspense_account(row.currency), SHARDS, incoming_key(row.gateway, row.external_id))


def _post(row: IncomingTransfer, accounts: Mapping[str, int], key: str | None = None) -> Post:
    credit = f"wallet/{row.wallet_id}" if row.state == IncomingState.CREDITED else _suspense(row).code
    key, reference = key or incoming_key(row.gateway, row.external_id), row.details[:MAX_REFERENCE_CHARACTERS]
    return Post(key, accounts[_outside(row).code], accounts[credit], row.amount_minor, row.currency, reference)


async def _accounts(session: AsyncSession, rows: Sequence[IncomingTransfer]) -> dict[str, int]:
    """The ids of all accounts that these transfers touch, by code; a wallet's is `wallet/{id}`."""
    connection = await session.connection()
    found = await sides(connection, {row.wallet_id for row in rows if row.wallet_id is not None})
    accounts = {f"wallet/{id_}": side.account_id for id_, side in found.items()}
    in_order = sorted(rows, key=lambda row: row.currency)
    for currency, some in groupby(in_order, key=lambda row: row.currency):
        named = list({name for row in some for name in (_outside(row), _suspense(row))})
        named.sort(key=lambda name: name.code)
        ids = await open_named(connection, named, currency)
        accounts |= {name.code: id_ for name, id_ in zip(named, ids, strict=True)}
    return accounts


_RAISE: Final = text(
    """
    UPDATE chain_addresses SET balance_minor = chain_addresses.balance_minor + more.minor
    FROM (
        SELECT a.index, m.minor FROM chain_addresses a
        JOIN unnest(:indexes, :minors) AS m (index, minor) ON m.index = a.index
        ORDER BY a.index FOR NO KEY UPDATE OF a
    ) AS more
    WHERE chain_addresses.index = more.index
    """
).bindparams(bindparam("indexes", type_=ARRAY(BigInteger)), bindparam("minors", type_=ARRAY(BigInteger)))


async def _raise_balances(session: AsyncSession, rows: Sequence[IncomingTransfer]) -> None:
    more: dict[int, int] = {}
    for row in rows:
        if row.address_index is not None:
            more[row.address_index] = more.get(row.address_index, 0) + row.amount_minor
    if more:
        await session.execute(_RAISE, {"indexes": list(more), "minors": list(more.values())})
