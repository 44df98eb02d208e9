"""Movements of money between wallets, and into them from outside: many at a time, each done or refused on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, Refusal
from domain.feed import Noun
from domain.keys import movement_key
from domain.money import Money
from edge.plain import Statements
from ledger.accounts import Balance, open_shards, shard_for
from ledger.commands import Post
from ledger.history import balance_after, balances_after
from ledger.kernel import post
from ledger.outcomes import Outcome, Posted
from store.operations.feed import MovementEvent, publish_movements
from store.payments.books import SHARDS
from store.wallets.posting import refusal_of
from store.wallets.wallets import KnownSides, Side, unknown_wallet


@dataclass(frozen=True, slots=True)
class Transfer:
    """From one wallet to another, both of users of the marketplace. `key` is the caller's, unique per caller.

    With `owner` only from a wallet of this user.
    """

    caller: str
    key: str
    marketplace_id: UUID
    from_wallet: UUID
    to_wallet: UUID
    money: Money
    details: str
    owner: UUID | None = None


@dataclass(frozen=True, slots=True)
class Deposit:
    """From outside into a wallet; `source` is the name of the payment system or bank that reports it."""

    caller: str
    key: str
    source: str
    wallet: UUID
    money: Money
    details: str


Movement = Transfer | Deposit


@dataclass(frozen=True, slots=True)
class Moved:
    """`balance` of the wallet that the movement was asked for (the payer's, or the one deposited into) after it."""

    operation_id: int
    at: datetime
    balance: Balance


async def carry_out(
    connection: Statements, movements: Sequence[Movement], known: KnownSides | None = None
) -> list[Moved | Refusal]:
    """Carries out at most `ledger.MAX_COMMANDS` movements in order; a refused one does not affect the others.

    `known` saves looking wallets up again.

    Refusals: `NotFound` unknown_wallet, `Conflict` wrong_currency, same_wallet, insufficient_funds.
    """
    wanted = {wallet for movement in movements for wallet in _wallets_of(movement)}
    wallets = await (known or KnownSides()).of(connection, wanted)
    outside = await _outside(connection, movements)
    planned = [_plan(movement, wallets, outside) for movement in movements]
    commands = [plan[0] for plan in planned if not isinstance(plan, Refusal)]
    outcomes = iter(await post(connection, commands))
    made = [(plan, None) if isinstance(plan, Refusal) else (plan[1], next(outcomes)) for plan in planned]
    await publish_movements(
        connection,
        [
            _event(movement, wallets, done)
            for movement, (_, done) in zip(movements, made, strict=True)
            if isinstance(done, Posted) and not done.repeated
        ],
    )
    after = await balances_after(connection, [done.transfer_id for _, done in made if isinstance(done, Posted)])
    return [_result(what, outcome, after) for what, outcome in made]


def _event(movement: Movement, wallets: Mapping[UUID, Side], posted: Posted) -> MovementEvent:
    noun = Noun.DEPOSIT if isinstance(movement, Deposit) else Noun.TRANSFER
    side = wallets[_wallets_of(movement)[0]]
    return MovementEvent(side.marketplace_id, noun, posted.transfer_id, movement.caller)


def _wallets_of(movement: Movement) -> tuple[UUID, ...]:
    return (movement.wallet,) if isinstance(movement, Deposit) else (movement.from_wallet, movement.to_wallet)


async def _outside(connection: Statements, movements: Sequence[Movement]) -> dict[tuple[str, str], list[int]]:
    """The accounts that deposits come from, by source and currency: shards, so that deposits do not queue there."""
    wanted = {(one.source, one.money.currency) for one in movements if isinstance(one, Deposit)}
    return {
        (source, currency): await open_shards(connection, f"outside/deposit/{source}/{currency}", currency, SHARDS)
        for source, currency in sorted(wanted)
    }


def _plan(
    movement: Movement, wallets: Mapping[UUID, Side], outside: Mapping[tuple[str, str], list[int]]
) -> tuple[Post, int] | Refusal:
    """The command to post and the account whose balance is returned, or the refusal."""
    if isinstance(movement, Deposit):
        return _plan_deposit(movement, wallets, outside)
    try:
        wanted = movement.marketplace_id, movement.from_wallet, movement.to_wallet, movement.money
        payer, payee = checked_sides(wallets, *wanted, owner=movement.owner)
    except Refusal as refusal:
        return refusal
    return _post(movement, "transfer", payer.account_id, payee.account_id), payer.account_id


def checked_sides(
    wallets: Mapping[UUID, Side],
    marketplace_id: UUID,
    from_wallet: UUID,
    to_wallet: UUID,
    money: Money,
    *,
    owner: UUID | None = None,
) -> tuple[Side, Side]:
    """Payer and payee; raises `NotFound` unknown_wallet, `Conflict` same_wallet, wrong_currency.

    With `owner` the payer's wallet must be one of this user.
    """
    payer, payee = wallets.get(from_wallet), wallets.get(to_wallet)
    if payer is None or payer.marketplace_id != marketplace_id or owner not in (None, payer.user_id):
        raise unknown_wallet("from_wallet_id")
    if payee is None or payee.marketplace_id != marketplace_id:
        raise unknown_wallet("to_wallet_id")
    if payer == payee:
        raise Conflict("same_wallet", "Payer and payee are one wallet.", "to_wallet_id")
    if not payer.currency == payee.currency == money.currency:
        raise _wrong_currency()
    return payer, payee


def _plan_deposit(
    deposit: Deposit, wallets: Mapping[UUID, Side], outside: Mapping[tuple[str, str], list[int]]
) -> tuple[Post, int] | Refusal:
    wallet = wallets.get(deposit.wallet)
    if wallet is None:
        return unknown_wallet("wallet_id")
    if wallet.currency != deposit.money.currency:
        return _wrong_currency()
    shards = outside[deposit.source, deposit.money.currency]
    key = movement_key("deposit", deposit.caller, deposit.key)
    return _post(deposit, "deposit", shard_for(shards, key), wallet.account_id), wallet.account_id


def _post(movement: Movement, kind: str, debit: int, credit: int) -> Post:
    key = movement_key(kind, movement.caller, movement.key)
    return Post(key, debit, credit, movement.money.minor, movement.money.currency, movement.details)


def _wrong_currency() -> Conflict:
    return Conflict("wrong_currency", "The amount is not in the currency of the wallet.", "amount.currency")


def _result(what: int | Refusal, outcome: Outcome | None, after: Mapping[tuple[int, int], Balance]) -> Moved | Refusal:
    if isinstance(what, Refusal):
        return what
    assert outcome is not None
    if isinstance(outcome, Posted):
        return Moved(outcome.transfer_id, outcome.at, after[outcome.transfer_id, what])
    return refusal_of(outcome)


_READ: Final = """
SELECT t.key, t.amount_minor, t.currency, t.reference, t.created_at AS at, u.marketplace_id,
       payee.id AS to_wallet, payer.id AS from_wallet, split_part(a.code, '/', 3) AS source,
       e.balance_after_minor, e.held_after_minor, e.incoming_after_minor
FROM ledger.transfers t
JOIN wallets payee ON payee.account_id = t.credit_account
JOIN users u ON u.id = payee.user_id
JOIN ledger.accounts a ON a.id = t.debit_account
LEFT JOIN wallets payer ON payer.account_id = t.debit_account
JOIN ledger.entries e ON e.transfer_id = t.id AND e.account_id = coalesce(payer.account_id, payee.account_id)
WHERE t.id = :id AND u.marketplace_id = :marketplace
"""


async def movement_of(session: AsyncSession, marketplace_id: UUID, operation_id: int) -> tuple[Movement, Moved]:
    """A movement that was made in wallets of the marketplace's users. Who asked for it is not kept."""
    row = (await session.execute(text(_READ), {"id": operation_id, "marketplace": marketplace_id})).one()
    money, moved = Money(row.amount_minor, row.currency), Moved(operation_id, row.at, balance_after(row))
    if row.from_wallet is None:
        return Deposit("", row.key, row.source, row.to_wallet, money, row.reference), moved
    return Transfer("", row.key, marketplace_id, row.from_wallet, row.to_wallet, money, row.reference), moved
