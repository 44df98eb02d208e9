"""Withdrawals: held in the wallet, confirmed by a code, paid out by a bank, and possibly returned by it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.errors import Conflict
from domain.states import Machine

CONFIRM_WITHIN: Final = timedelta(minutes=30)  # three codes fit; then the hold is freed
RETURNED_WITHIN: Final = timedelta(days=10)  # for this long the bank is asked; later it has to report a return itself
FUNDS_AGAIN_AFTER: Final = timedelta(hours=1)  # the bank reports a deposit; this is for a lost report
# The bank pays out of our own account: this refusal is about that account, not about the owner's.
LACKS_FUNDS: Final = "insufficient_funds"


class WithdrawalState(StrEnum):
    AWAITING_CODE = "awaiting_code"  # the money is held
    PAYING = "paying"  # confirmed; the bank owes its answer
    AWAITING_FUNDS = "awaiting_funds"  # confirmed; our account at the bank has too little, and nothing is in progress
    PAID = "paid"  # the bank has paid it out, and may still return it
    DONE = "done"
    RETURNED = "returned"  # the bank returned it; it is in the wallet again
    REFUSED = "refused"  # the bank refused it; the hold is void
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # no code was entered in time


_S = WithdrawalState
TRANSITIONS = frozenset(
    {
        (_S.AWAITING_CODE, _S.PAYING),
        (_S.AWAITING_CODE, _S.CANCELLED),
        (_S.AWAITING_CODE, _S.EXPIRED),
        (_S.PAYING, _S.PAID),
        (_S.PAYING, _S.REFUSED),
        (_S.PAYING, _S.AWAITING_FUNDS),
        (_S.AWAITING_FUNDS, _S.PAYING),
        (_S.AWAITING_FUNDS, _S.CANCELLED),
        (_S.PAID, _S.DONE),
        (_S.PAID, _S.RETURNED),
        (_S.DONE, _S.RETURNED),  # later than any bank should
    }
)
MACHINE = Machine({_S.AWAITING_CODE}, TRANSITIONS)
FINAL = frozenset({_S.DONE, _S.RETURNED, _S.REFUSED, _S.CANCELLED, _S.EXPIRED})
HOLDING = frozenset({_S.AWAITING_CODE, _S.PAYING, _S.AWAITING_FUNDS})
TAKEN = frozenset({_S.PAID, _S.DONE, _S.RETURNED})


def may_confirm(state: WithdrawalState, now: datetime, expires_at: datetime) -> None:
    """Whether a code can still be used, at `now` by the database's clock. Raises `Conflict` withdrawal_ended."""
    if state is not _S.AWAITING_CODE or now > expires_at:
        raise Conflict("withdrawal_ended", "The withdrawal waits for no code any more.")


def may_cancel(state: WithdrawalState) -> None:
    """Raises `Conflict` withdrawal_confirmed while the bank owes an answer or has paid, and withdrawal_ended."""
    if state in (_S.PAYING, _S.PAID):
        raise Conflict("withdrawal_confirmed", "It is confirmed: the bank has been asked to pay it out.")
    if state in FINAL:
        raise Conflict("withdrawal_ended", f"The withdrawal is {state} already.")


def code_binding(withdrawal_id: str, account: str, total: str) -> str:
    """What a code is bound to: exactly `total` (text with currency, fee included), to this account."""
    return f"withdrawal/{withdrawal_id}|{account}|{total}"
