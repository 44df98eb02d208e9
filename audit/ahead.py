"""What the bank has for us and our books do not: operations and payouts that no row names.

A healthy system has none. Restored books lack everything that happened after the copy.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit.looks import BankSilent, Difference, answered, lasting
from bank.banks import Banks
from bank.client import Answer, Operation, Payout, Refused
from domain.payments import FINAL, PaymentState
from edge.database import Database
from store.payments.codes import Attempt
from store.payments.payments import Payment
from store.people.marketplaces import Marketplace
from store.wallets.withdrawals import Withdrawal

T = TypeVar("T")
NAME: Final = "bank_operations_have_rows"
SENTENCE: Final = "Each debit and payout that the bank made for this marketplace belongs to one of its rows."
_TAKEN: Final = frozenset({"pause", "success"})


@dataclass(slots=True)
class Ahead:
    """`held`: debits of payments whose rows do not know of them; `refunded`: those of which some has gone back since.

    `strays` are debits of none of our payments that still hold or have taken money, `payouts` those of no withdrawal.
    """

    examined: int = 0
    held: list[tuple[Payment, Operation]] = field(default_factory=list)
    refunded: list[tuple[Payment, Operation]] = field(default_factory=list)
    strays: list[Operation] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Rows:
    begun_at: datetime
    payments: dict[str, Payment]
    opening: list[Payment]
    asked: Collection[UUID]
    withdrawals: Collection[str]


async def look_ahead(database: Database, banks: Banks) -> Ahead:
    """Compares everything that the bank did for us with the rows. Raises `BankSilent`."""
    async with database.transaction() as session:
        rows = await _read(session)
    operations: list[Operation] = []
    payouts: list[Payout] = []
    for bank in await banks.every():
        operations += await _listed(bank.all_operations)
        payouts += await _listed(bank.all_payouts)
    ahead = Ahead()
    debits = [one for one in operations if one.kind == "debit" and one.created_at >= rows.begun_at]
    for debit in debits:
        _place(ahead, debit, rows)
    paid_out = [one for one in payouts if one.created_at >= rows.begun_at]
    ahead.payouts = [one for one in paid_out if one.reference not in rows.withdrawals and one.returned_at is None]
    ahead.examined = len(debits) + len(paid_out)
    return ahead


async def _listed(ask: Callable[[], Awaitable[Answer[list[T]]]]) -> list[T]:
    answer = await answered(ask)
    if isinstance(answer, Refused):
        raise BankSilent("it does not list what it has done for us")
    return answer.value


async def examine(database: Database, banks: Banks, now: datetime, grace: timedelta) -> tuple[int, list[str]]:
    """The number of operations examined, and the violations. What began within `grace` may be in progress.

    Raises `BankSilent`.
    """
    ahead = await look_ahead(database, banks)

    async def again(_: Collection[str]) -> list[Difference]:
        return _differences(await look_ahead(database, banks))

    return ahead.examined, [one.detail for one in await lasting(_differences(ahead), again, now, grace)]


def _differences(ahead: Ahead) -> list[Difference]:
    debits = [
        Difference(
            NAME, one.key, f"debit {one.key} of {one.amount} for {one.reference} is of no payment", one.created_at
        )
        for one in ahead.strays
    ]
    return debits + [
        Difference(
            NAME, one.key, f"payout {one.key} of {one.amount} for {one.reference} is of no withdrawal", one.created_at
        )
        for one in ahead.payouts
    ]


async def _read(session: AsyncSession) -> _Rows:
    begun_at = await session.scalar(select(func.coalesce(func.min(Marketplace.created_at), func.clock_timestamp())))
    assert isinstance(begun_at, datetime)
    payments = {
        row.operation: row for row in await session.scalars(select(Payment).where(Payment.operation.is_not(None)))
    }
    opening = await session.scalars(select(Payment).where(Payment.operation.is_(None)))
    return _Rows(
        begun_at=begun_at,
        payments={key: row for key, row in payments.items() if key is not None},
        opening=list(opening),
        asked=set(await session.scalars(select(Attempt.payment_id).where(Attempt.state == "unresolved"))),
        withdrawals={f"withdrawal/{id_}" for id_ in await session.scalars(select(Withdrawal.id))},
    )


def _place(ahead: Ahead, debit: Operation, rows: _Rows) -> None:
    payment = rows.payments.get(debit.key)
    if payment is None and any(_may_be(debit, row) for row in rows.opening):
        return  # opened, and its row will ask for it by key
    if payment is None:
        returned = debit.refunded is not None and debit.refunded == debit.amount
        if debit.status != "void" and not returned:
            ahead.strays.append(debit)
    elif debit.status in _TAKEN and not payment.taken and PaymentState(payment.state) not in FINAL:
        if payment.id in rows.asked:
            return  # the row has the code and will ask by key
        went_back = debit.refunded is not None and debit.refunded.minor > 0
        (ahead.refunded if went_back else ahead.held).append((payment, debit))


def _may_be(debit: Operation, payment: Payment) -> bool:
    same = (debit.reference, debit.payer_account) == (str(payment.deal_id), payment.payer_account)
    return same and debit.amount == payment.amount and debit.fee == payment.fee
