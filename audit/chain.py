"""The books against the chain: what lies at our addresses, and what became of what we have sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, TypeVar

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from audit.looks import TRIES, some_at_once
from audit.report import Result, Store, Violation
from domain.errors import NoAnswer
from domain.outgoing import OutgoingState, Purpose
from edge.database import Database
from store.base import inline
from store.chain.accounts import AccountName, ChainAccount
from store.chain.addresses import ChainAddress
from store.chain.outgoing import OutgoingTransaction
from store.chain.sweeps import SweepLine
from tron.client import Answer, Done, TronClient, Unknown

T = TypeVar("T")

INVARIANT: Final = 17
SENTENCES: Final = {
    "chain_has_the_money": "At each of our addresses the chain has at least what the books say.",
    "chain_has_what_was_sent": "What we have sent is on the chain as it is booked, and what was dropped is not.",
}
NEWEST: Final = 500  # ended transactions: older ones were compared before, and a solidified block does not change


class ChainSilent(NoAnswer):
    """The node did not answer a question of the audit."""


@dataclass(frozen=True, slots=True)
class Ours:
    """What the books say that the chain must have. `leaving`: units that may be on their way out of the main wallet."""

    accounts: Sequence[ChainAccount]
    addresses: Sequence[ChainAddress]
    leaving_minor: int
    sent: Sequence[OutgoingTransaction]


async def read(connection: AsyncConnection) -> Ours:
    """As the connection's snapshot sees it. An address in an open sweep may be moved at any moment: it is left out."""
    async with AsyncSession(connection, expire_on_commit=False) as session:
        return await _read(session)


async def _read(session: AsyncSession) -> Ours:
    in_a_sweep = select(SweepLine.address_index).where(SweepLine.final_at.is_(None))
    lying = select(ChainAddress).where(ChainAddress.balance_minor > 0, ChainAddress.index.not_in(in_a_sweep))
    leaving = select(func.coalesce(func.sum(OutgoingTransaction.token_minor), 0)).where(
        OutgoingTransaction.final_at.is_(None), OutgoingTransaction.purpose == Purpose.WITHDRAWAL
    )
    ended = select(OutgoingTransaction).where(
        OutgoingTransaction.txid.is_not(None),
        or_(*(OutgoingTransaction.state == inline(state) for state in _ENDS)),
    )
    return Ours(
        list(await session.scalars(select(ChainAccount).where(ChainAccount.name == AccountName.MAIN))),
        list(await session.scalars(lying.order_by(ChainAddress.index))),
        int(await session.scalar(leaving) or 0),
        list(await session.scalars(ended.order_by(OutgoingTransaction.id.desc()).limit(NEWEST))),
    )


_ENDS: Final = (OutgoingState.DONE, OutgoingState.FAILED, OutgoingState.DROPPED)


async def examine(ours: Ours, database: Database, url: str, contract: str) -> list[Result]:
    """Asks the node. It is ahead of the snapshot, so what seems to be missing is read again from the rows."""
    try:
        async with aclosing(TronClient(url)) as node:
            return [await _money(ours, database, node, contract), await _sent(ours, node)]
    except ChainSilent as why:
        return [_result(name, 0, [f"the node was asked: {why}"]) for name in SENTENCES]


async def _money(ours: Ours, database: Database, node: TronClient, contract: str) -> Result:
    booked = {row.address: row.balance_minor for row in ours.addresses}
    booked |= {row.address: max(0, row.balance_minor - ours.leaving_minor) for row in ours.accounts}
    missing: dict[str, int] = {}

    async def one(address: str) -> None:
        found = await _answered(node, lambda: node.token_balance(contract, address))
        if found < booked[address]:
            missing[address] = found

    await some_at_once(booked, one)
    if missing:
        async with database.reading() as session:
            now = await _read(session)
        again = {row.address: row.balance_minor for row in now.addresses}
        again |= {row.address: max(0, row.balance_minor - now.leaving_minor) for row in now.accounts}
        missing = {address: found for address, found in missing.items() if found < again.get(address, 0)}
    details = [
        f"{address}: the books have {minor}, the chain {missing[address]}"
        for address, minor in booked.items()
        if address in missing
    ]
    return _result("chain_has_the_money", len(booked), details)


async def _sent(ours: Ours, node: TronClient) -> Result:
    details: list[str] = []

    async def one(row: OutgoingTransaction) -> None:
        txid = row.txid or ""
        found = await _answered(node, lambda: node.transaction(txid))
        state = OutgoingState.DROPPED
        if found is not None:
            state = OutgoingState.DONE if found.succeeded else OutgoingState.FAILED
        said = (state, None, None) if found is None else (state, found.fee_sun, found.block)
        if said != (row.state, row.fee_sun, row.block):
            booked = (row.state, row.fee_sun, row.block)
            details.append(f"{row.key} ({txid}): state, fee and block are booked as {booked}, the chain says {said}")

    await some_at_once(ours.sent, one)
    return _result("chain_has_what_was_sent", len(ours.sent), details)


async def _answered(node: TronClient, ask: Callable[[], Awaitable[Answer[T]]]) -> T:
    why = ""
    for _ in range(TRIES):
        answer = await ask()
        if isinstance(answer, Done):
            return answer.value
        why = answer.why if isinstance(answer, Unknown) else answer.code
    raise ChainSilent(f"{node.address}: {why}")


def _result(name: str, examined: int, details: Sequence[str]) -> Result:
    violations = tuple(Violation(name, detail) for detail in details[:100])
    return Result(Store.CHAIN, name, INVARIANT, SENTENCES[name], examined, violations, len(details), rare=True)
