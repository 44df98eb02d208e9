"""The bank's refusals beyond the common tree, and the meaning of a ledger refusal for a caller."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from domain.errors import Conflict, NotFound, Refusal
from ledger import Command, RefusalReason


class UnknownAccount(Refusal):
    """422, but unlike `Malformed` a decision about the state: stored as the answer to its key."""

    status = 422

    def __init__(self, field: str) -> None:
        super().__init__("unknown_account", "There is no such account.", field)


class SameAccount(Refusal):
    status = 422

    def __init__(self) -> None:
        super().__init__("same_account", "Payer and payee are the same account.", "payee_account")


def unknown_operation() -> NotFound:
    return NotFound("unknown_operation", "There is no such operation.")


def operation_ended() -> Conflict:
    return Conflict("operation_ended", "The operation has left the state in which this is possible.")


def insufficient_funds() -> Conflict:
    return Conflict("insufficient_funds", "The account does not have amount and fee free.")


def account_closed(field: str) -> Conflict:
    refusal = Conflict("account_closed", "The account is closed.")
    refusal.field = field
    return refusal


def ledger_refusals() -> dict[RefusalReason, Conflict]:
    """The refusals of the ledger that a caller may meet; any other is a bug."""
    return {
        RefusalReason.INSUFFICIENT_FUNDS: insufficient_funds(),
        RefusalReason.ACCOUNT_CLOSED: Conflict("account_closed", "The account is closed."),
    }


class LedgerMismatch(Exception):
    """The ledger refused what the bank's own tables allow: a bug, never a caller's fault."""


async def post_linked(session: AsyncSession, commands: Sequence[Command]) -> None:
    """Posts all of `commands` or none.

    Raises `Conflict` (`insufficient_funds`, `account_closed`); the ledger keeps no record of it, so that the same leg
    can be tried again later.
    """
    connection = await session.connection()
    for outcome in await ledger.post(connection, commands, linked=True, keep_refusals=False):
        if not isinstance(outcome, ledger.Refused) or outcome.reason is RefusalReason.LINKED_REFUSED:
            continue
        refusal = ledger_refusals().get(outcome.reason)
        if refusal is not None:
            raise refusal
        raise LedgerMismatch(f"{outcome.key}: {outcome.reason}")
