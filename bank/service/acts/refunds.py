"""Refunds of debits, by keys or by reference, all of one call or none.

A captured debit goes back at once: first what was never paid out, then from the payees of its credits, then from the
operator's guarantee account, which the payee owes from then on. What is still held is voided, in whole only.
Locks: operations by id, accounts by number, ledger by id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.operations import voids
from bank.service.acts.refund_desk import Desk, open_desk
from bank.service.models import OperationRow, RefundPart
from bank.service.refusals import operation_ended, post_linked, unknown_operation
from bank.service.rules.operations import new_operation_key
from bank.service.rules.refunds import MAX_OPERATIONS, Part, fee_share, spread
from domain.errors import Conflict
from domain.money import Money
from ledger import MAX_COMMANDS, Command


@dataclass(frozen=True, slots=True)
class Refunded:
    """What became of the debit `source`: `operation` is its refund, or the debit itself when a hold was voided.

    Principal and fee that went back, minor units; `parts` say where the principal came from, none for a hold.
    """

    source: OperationRow
    operation: OperationRow
    amount_minor: int
    fee_minor: int
    parts: Sequence[Part]


async def refund_operations(
    session: AsyncSession,
    caller: str,
    keys: Sequence[str],
    amount: Money | None,
    *,
    fee_returned: bool,
    credit: str | None = None,
) -> list[Refunded]:
    """Refunds the caller's debits `keys`: everything that is left of each, or `amount`, the first ones first.

    With `credit` all of it is taken back from that one credit of the one debit named: who passes a commission on
    says what of the refund was the commission's.
    Raises `NotFound` `unknown_operation` and `Conflict`: `not_refundable` (a credit or a refund), `not_held`,
    `operation_ended`, `currency_mismatch`, `exceeds_refundable`, `operation_held`, `guarantee_exhausted`,
    `account_closed` (the payer's).
    """
    statement = select(OperationRow).where(OperationRow.caller == caller, OperationRow.key.in_(keys))
    rows = await session.scalars(statement.order_by(OperationRow.id).with_for_update())
    found = {row.key: row for row in rows}
    if found.keys() != set(keys):
        raise unknown_operation()
    sources = [found[key] for key in keys]
    for source in sources:
        _check_refundable(source)
    only = None if credit is None else await _credit_of(session, sources[0], credit)
    return await _refund(session, sources, amount, fee_returned=fee_returned, only=only)


async def refund_reference(
    session: AsyncSession, caller: str, reference: str, amount: Money | None, *, fee_returned: bool
) -> list[Refunded]:
    """As `refund_operations`, of the caller's debits with `reference` that hold or took money, oldest first.

    Those of which nothing is left are passed over. Raises `Conflict` `too_many_operations` too.
    """
    mine = (OperationRow.caller == caller, OperationRow.reference == reference, OperationRow.kind == "debit")
    something_left = or_(
        OperationRow.status == "pause",
        (OperationRow.status == "success") & (OperationRow.refunded_minor < OperationRow.amount_minor),
    )
    statement = select(OperationRow).where(*mine, something_left).order_by(OperationRow.id)
    sources = (await session.scalars(statement.limit(MAX_OPERATIONS + 1).with_for_update())).all()
    if len(sources) > MAX_OPERATIONS:
        raise Conflict("too_many_operations", f"More than {MAX_OPERATIONS} at once: name their keys.", "reference")
    if sources:
        return await _refund(session, sources, amount, fee_returned=fee_returned)
    if await session.scalar(select(OperationRow.key).where(*mine).limit(1)) is None:
        raise unknown_operation()
    raise _exceeds_refundable()


async def _credit_of(session: AsyncSession, source: OperationRow, key: str) -> OperationRow:
    """The credit `key` out of a locked debit; who has locked the debit is alone with its credits."""
    found = await session.scalar(
        select(OperationRow).where(OperationRow.key == key, OperationRow.caller == source.caller)
    )
    if found is None:
        raise unknown_operation()
    if found.kind != "credit" or found.source != source.key:
        raise Conflict("not_refundable", f"{key} is no credit out of {source.key}.", "credit")
    return found


def _check_refundable(source: OperationRow) -> None:
    if source.kind != "debit":
        raise Conflict("not_refundable", f"{source.key} is a {source.kind}: only debits are refunded.")
    if source.status in ("created", "confirmed"):
        raise Conflict("not_held", f"Nothing was taken by {source.key}.")
    if source.status == "void":
        raise operation_ended()


def _exceeds_refundable() -> Conflict:
    return Conflict("exceeds_refundable", "Refunds would exceed what was taken.", "amount")


async def _refund(
    session: AsyncSession,
    sources: Sequence[OperationRow],
    amount: Money | None,
    *,
    fee_returned: bool,
    only: OperationRow | None = None,
) -> list[Refunded]:
    if amount is not None and any(source.currency != amount.currency for source in sources):
        raise Conflict("currency_mismatch", "Amount and operations must have one currency.", "currency")
    lefts = [source.amount_minor - source.refunded_minor for source in sources]
    if only is not None:
        lefts = [only.amount_minor - only.refunded_minor]
    takes = spread(lefts, None if amount is None else amount.minor)
    if takes is None:
        raise _exceeds_refundable()
    wanted = [(source, take) for source, take in zip(sources, takes, strict=True) if take]
    if any(source.status == "pause" and take < source.amount_minor for source, take in wanted):
        raise Conflict("operation_held", "What is still held goes back in whole, not in part.", "amount")
    desk = await open_desk(session, [source for source, _ in wanted])
    commands: list[Command] = []
    refunded: list[Refunded] = []
    for source, take in wanted:
        if source.status == "pause":
            commands += voids(source)
            refunded.append(Refunded(source, source, take, source.fee_minor, []))
        else:
            refund, legs = await _refund_captured(session, desk, source, take, fee_returned=fee_returned, only=only)
            commands += legs
            refunded.append(refund)
    for start in range(0, len(commands), MAX_COMMANDS):
        await post_linked(session, commands[start : start + MAX_COMMANDS])
    await _record(session, desk, refunded)
    return refunded


async def _refund_captured(
    session: AsyncSession,
    desk: Desk,
    source: OperationRow,
    take: int,
    *,
    fee_returned: bool,
    only: OperationRow | None,
) -> tuple[Refunded, list[Command]]:
    fee = fee_share(source.fee_minor, source.amount_minor, source.refunded_minor, take) if fee_returned else 0
    key = new_operation_key(desk.payer(source).bank_id)
    parts = desk.draw(source, take, only)
    operation = OperationRow(
        key=key,
        caller=source.caller,
        kind="refund",
        status="success",
        amount_minor=take,
        fee_minor=fee,
        currency=source.currency,
        payer_account=source.payee_account,
        payee_account=source.payer_account,
        reference=source.reference,
        source=source.key,
    )
    return Refunded(source, operation, take, fee, parts), await desk.legs(session, source, key, parts, fee)


async def _record(session: AsyncSession, desk: Desk, refunded: Sequence[Refunded]) -> None:
    now = await session.scalar(select(func.clock_timestamp()))
    parts: list[RefundPart] = []
    for refund in refunded:
        source, operation = refund.source, refund.operation
        if operation is source:
            source.status, source.voided_at = "void", now
            continue
        operation.captured_at = now
        session.add(operation)
        source.refunded_minor += refund.amount_minor
        source.fee_refunded_minor += refund.fee_minor
        for number, part in enumerate(refund.parts, start=1):
            if part.credit is None:
                source.uncredited_refunded_minor += part.amount_minor
            else:
                desk.credit(part.credit).refunded_minor += part.amount_minor
            parts.append(
                RefundPart(
                    refund_key=operation.key,
                    number=number,
                    origin=part.origin,
                    credit_key=part.credit,
                    amount_minor=part.amount_minor,
                )
            )
    # The parts refer to the refunds: those go first.
    await session.flush()
    session.add_all(parts)
    await session.flush()
