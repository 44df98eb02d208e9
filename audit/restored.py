"""Reconciles restored books with the bank: strays are returned, rows catch up, and work resumes."""

from __future__ import annotations

from functools import partial

from audit.ahead import Ahead, look_ahead
from audit.looks import answered
from audit.workflows import without_rows
from bank.banks import Banks
from bank.client import Operation, Refused, refund, void
from domain.keys import stray_key
from edge.database import Database
from market.adoption import adopt_hold
from sagas import Sagas
from store.banks.accounts import bank_id_of
from store.operations.checkpoint import resume


class Unsettled(Exception):
    """The books cannot be resumed yet; the message says what to do first."""


async def return_stray(banks: Banks, stray: Operation) -> str | None:
    """Returns what a debit of none of our payments holds or has taken, fee included; returns a complaint on failure.

    Repeating it changes nothing: the key is the operation's.
    """
    bank = await banks.of(bank_id_of(stray.payer_account))
    if stray.status == "success":
        answer = await answered(lambda: bank.send(refund(stray_key(stray.key, "refund"), [stray.key], fee="returned")))
        return f"{stray.key} ({answer.code})" if isinstance(answer, Refused) else None
    freed = await answered(lambda: bank.send(void(stray_key(stray.key, "void"), stray.key)))
    return f"{stray.key} ({freed.code})" if isinstance(freed, Refused) else None


async def resume_books(database: Database, banks: Banks, sagas: Sagas, by: str, why: str) -> None:
    """Books what the bank holds for payments that the rows know, ends workflows without rows, and admits new money.

    Raises `Unsettled` while a debit of no payment is not returned, or was returned in part; `BankSilent`;
    `TemporalNotReached`. A failure undoes nothing: call it again. Then run the redriver with `restart_ended`.
    """
    ahead = await look_ahead(database, banks)
    _settled(ahead)
    for payment, operation in ahead.held:
        held_at = operation.held_at or operation.created_at
        await database.run(partial(adopt_hold, payment_id=payment.id, operation=operation.key, held_at=held_at))
    for workflow_id in await without_rows(database, sagas):
        await sagas.terminate(workflow_id, "its row was lost with a restore of the database")
    await database.run(partial(resume, by=by, why=why))


def _settled(ahead: Ahead) -> None:
    if ahead.strays:
        raise Unsettled(f"{len(ahead.strays)} debits are of no payment: give them back first (return-strays)")
    if ahead.refunded:
        ids = ", ".join(str(payment.id) for payment, _ in ahead.refunded)
        raise Unsettled(f"of these payments the bank has given a part back: refund the rest first: {ids}")
