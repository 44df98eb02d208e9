"""The outbox of codes: claiming due messages, their facts, and their results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.messages import AccessFacts, Facts, OwnershipFacts, PaymentFacts
from bank.service.models import Account, AccountAccess, Client, Code, CodeMessage, OperationRow
from domain.money import Money

MAX_BACKOFF_S: Final = 30  # a code lives ten minutes: a longer wait would waste its lifetime
LEASE_S: Final = 40  # above the time-outs of all channels together: no other process tries a message that is being sent
# One round trip answers for an idle bank, which asks every second.
ANY_WAITS: Final = "SELECT EXISTS (SELECT FROM code_messages WHERE sealed IS NOT NULL)"


@dataclass(frozen=True, slots=True)
class Due:
    """A message to send now. `tries` of its row counts this one."""

    message: CodeMessage
    code: Code
    owner: Client
    facts: Facts


async def list_due(session: AsyncSession, limit: int) -> list[int]:
    """The ids of the codes whose messages are due, the longest due first."""
    due = (CodeMessage.sealed.is_not(None), CodeMessage.due_at <= func.clock_timestamp())
    statement = select(CodeMessage.code_id).where(*due).order_by(CodeMessage.due_at).limit(limit)
    return list((await session.scalars(statement)).all())


async def claim(session: AsyncSession, code_id: int, access_minutes: int) -> Due | None:
    """Claims a due message for `LEASE_S` seconds and reads its facts; None when there is nothing to send."""
    due = (
        CodeMessage.code_id == code_id,
        CodeMessage.sealed.is_not(None),
        CodeMessage.due_at <= func.clock_timestamp(),
    )
    taking = update(CodeMessage).where(*due).values(due_at=_in_seconds(LEASE_S), tries=CodeMessage.tries + 1)
    message = await session.scalar(
        taking.returning(CodeMessage), execution_options={"populate_existing": True, "synchronize_session": False}
    )
    if message is None:
        return None
    code = await session.get_one(Code, code_id)
    if code.access_key is not None:
        owner, facts = await _of_access(session, code.access_key, access_minutes)
        return Due(message, code, owner, facts)
    assert code.operation_key is not None, "codes_one_subject says so"
    payer, payment = await _of_operation(session, code.operation_key)
    return Due(message, code, payer, payment)


async def note_taken(session: AsyncSession, code_id: int, channel: str) -> None:
    """The channel has accepted it: the code is wiped."""
    await _end(session, code_id, {"channel": channel, "failure": None, "delivered_at": func.clock_timestamp()})


async def note_given_up(session: AsyncSession, code_id: int, failure: str) -> None:
    """No channel will ever accept it: the code is wiped."""
    await _end(session, code_id, {"failure": failure, "given_up_at": func.clock_timestamp()})


async def note_failed(session: AsyncSession, code_id: int, tries: int, channel: str, failure: str) -> None:
    """It is retried later, by the same channel first: that may have accepted it, and recognises a repeat."""
    later = _in_seconds(min(2 ** (tries - 1), MAX_BACKOFF_S))
    values = {"channel": channel, "failure": failure, "due_at": later}
    await session.execute(update(CodeMessage).where(*_open(code_id)).values(values))


async def defer(session: AsyncSession, code_id: int) -> None:
    """It is retried after the length of a lease: the fault is ours, and visible to operators."""
    values = {"failure": "failed unexpectedly", "due_at": _in_seconds(LEASE_S)}
    await session.execute(update(CodeMessage).where(*_open(code_id)).values(values))


async def give_up_dead_codes(session: AsyncSession) -> None:
    """Messages of codes that can no longer be used are not sent: the codes are wiped."""
    dead = select(Code.id).where(
        or_(Code.killed_at.is_not(None), Code.used_at.is_not(None), Code.expires_at < func.clock_timestamp())
    )
    waiting = and_(CodeMessage.sealed.is_not(None), CodeMessage.code_id.in_(dead))
    await session.execute(update(CodeMessage).where(waiting).values(sealed=None, given_up_at=func.clock_timestamp()))


async def _end(session: AsyncSession, code_id: int, values: dict[str, Any]) -> None:
    await session.execute(update(CodeMessage).where(*_open(code_id)).values(values | {"sealed": None}))


def _open(code_id: int) -> tuple[ColumnElement[bool], ...]:
    # Another process may have ended it meanwhile.
    return CodeMessage.code_id == code_id, CodeMessage.sealed.is_not(None)


# Both lock the owner: a change of address is waited for, so that no live code goes to the old one.
async def _of_operation(session: AsyncSession, key: str) -> tuple[Client, PaymentFacts]:
    payer, payee = Account.__table__.alias("payer"), Account.__table__.alias("payee")
    payee_owner = Client.__table__.alias("payee_owner")
    statement = (
        select(OperationRow, Client, payee_owner.c.name)
        .join(payer, payer.c.number == OperationRow.payer_account)
        .join(Client, Client.id == payer.c.client_id)
        .join(payee, payee.c.number == OperationRow.payee_account)
        .outerjoin(payee_owner, payee_owner.c.id == payee.c.client_id)
        .where(OperationRow.key == key)
        .with_for_update(read=True, of=Client)
    )
    operation, owner, payee_name = (await session.execute(statement)).one()
    amount, fee = (Money(minor, operation.currency) for minor in (operation.amount_minor, operation.fee_minor))
    return owner, PaymentFacts(owner.name, amount, fee, payee_name, operation.payee_account)


async def _of_access(session: AsyncSession, key: str, minutes: int) -> tuple[Client, AccessFacts | OwnershipFacts]:
    statement = (
        select(AccountAccess, Client)
        .join(Account, Account.number == AccountAccess.number)
        .join(Client, Client.id == Account.client_id)
        .where(AccountAccess.key == key)
        .with_for_update(read=True, of=Client)
    )
    access, owner = (await session.execute(statement)).one()
    if access.purpose == "ownership":
        return owner, OwnershipFacts(owner.name, access.caller, access.number)
    return owner, AccessFacts(owner.name, access.caller, access.number, minutes)


def _in_seconds(seconds: int) -> ColumnElement[Any]:
    return func.clock_timestamp() + text(f"interval '{seconds} seconds'")
