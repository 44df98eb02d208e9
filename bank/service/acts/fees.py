"""The fee table: one rule per pair of banks and currency; a pair without a row, or within a bank, costs nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.banks import known_bank
from bank.service.models import Fee
from domain.errors import Conflict
from domain.fees import NO_FEE, FeeRule
from domain.money import Money


async def fee_for(session: AsyncSession, payer_bank: int, payee_bank: int, amount: Money) -> Money:
    """The payer's additional charge for a transfer of `amount` from one bank to the other."""
    row = await session.get(Fee, (payer_bank, payee_bank, amount.currency))
    rule = NO_FEE if row is None else FeeRule(row.percent_bp, row.minimum_minor)
    return Money(rule.fee_minor(amount.minor), amount.currency)


async def quote(session: AsyncSession, payer_bank: int, payee_bank: int, amount: Money) -> Money:
    """As `fee_for`; raises `NotFound` `unknown_bank`."""
    await known_bank(session, payer_bank, "payer_bank")
    await known_bank(session, payee_bank, "payee_bank")
    return await fee_for(session, payer_bank, payee_bank, amount)


async def set_fee(session: AsyncSession, payer_bank: int, payee_bank: int, currency: str, rule: FeeRule) -> Fee:
    """Sets the rule of one pair from now on; opened operations keep their fee."""
    await known_bank(session, payer_bank, "payer_bank")
    await known_bank(session, payee_bank, "payee_bank")
    if payer_bank == payee_bank:
        raise Conflict("same_bank", "Transfers within a bank cost nothing.")
    pair = {"payer_bank": payer_bank, "payee_bank": payee_bank, "currency": currency}
    terms = {"percent_bp": rule.percent_bp, "minimum_minor": rule.minimum_minor}
    statement = insert(Fee).values(**pair, **terms)
    changed = terms | {"changed_at": func.clock_timestamp()}
    statement = statement.on_conflict_do_update(index_elements=list(pair), set_=changed)
    options = {"populate_existing": True}
    return (await session.scalars(statement.returning(Fee), execution_options=options)).one()


async def list_fees(session: AsyncSession) -> Sequence[Fee]:
    """The whole table."""
    return (await session.scalars(select(Fee).order_by(Fee.payer_bank, Fee.payee_bank, Fee.currency))).all()
