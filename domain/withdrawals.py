"""Withdrawals: held in the wallet, confirmed by a code, paid by a bank, which may return it, or on the chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.errors import Conflict, Forbidden, Malformed
from domain.money import Money
from domain.states import Machine

CONFIRM_WITHIN: Final = timedelta(minutes=30)  # three codes fit; then the hold is freed
RETURNED_WITHIN: Final = timedelta(days=10)  # for this long the bank is asked; later it has to report a return itself
FUNDS_AGAIN_AFTER: Final = timedelta(hours=1)  # the bank reports a deposit; this is for a lost report
APPROVAL_LOOKED_AT_EVERY: Final = timedelta(days=1)  # it is signalled; this is for a lost signal
# The bank pays out of our own account: this refusal is about that account, not about the owner's.
LACKS_FUNDS: Final = "insufficient_funds"
NOT_APPROVED: Final = "not_approved"  # by the approver


class WithdrawalState(StrEnum):
    AWAITING_CODE = "awaiting_code"  # the money is held
    AWAITING_APPROVAL = "awaiting_approval"  # confirmed; so much goes to an address only if an approver agrees
    PAYING = "paying"  # confirmed; the bank owes its answer, or the chain has not decided
    AWAITING_FUNDS = "awaiting_funds"  # confirmed; we have too little at the bank or on the chain; nothing in progress
    PAID = "paid"  # the bank has paid it out, and may still return it
    DONE = "done"
    RETURNED = "returned"  # the bank returned it; it is in the wallet again
    REFUSED = "refused"  # the bank, the signer or an approver refused it; the hold is void
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # no code was entered in time


_S = WithdrawalState
TRANSITIONS = frozenset(
    {
        (_S.AWAITING_CODE, _S.PAYING),
        (_S.AWAITING_CODE, _S.CANCELLED),
        (_S.AWAITING_CODE, _S.EXPIRED),
        (_S.AWAITING_CODE, _S.AWAITING_APPROVAL),
        (_S.AWAITING_APPROVAL, _S.PAYING),
        (_S.AWAITING_APPROVAL, _S.REFUSED),
        (_S.AWAITING_APPROVAL, _S.CANCELLED),
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
HOLDING = frozenset({_S.AWAITING_CODE, _S.AWAITING_APPROVAL, _S.PAYING, _S.AWAITING_FUNDS})
TAKEN = frozenset({_S.PAID, _S.DONE, _S.RETURNED})


def may_confirm(state: WithdrawalState, now: datetime, expires_at: datetime) -> None:
    """Whether a code can still be used, at `now` by the database's clock. Raises `Conflict` withdrawal_ended."""
    if state is not _S.AWAITING_CODE or now > expires_at:
        raise Conflict("withdrawal_ended", "The withdrawal waits for no code any more.")


def may_cancel(state: WithdrawalState) -> None:
    """Raises `Conflict` withdrawal_confirmed while the bank owes an answer or has paid, and withdrawal_ended."""
    if state in (_S.PAYING, _S.PAID):
        raise Conflict("withdrawal_confirmed", "It is confirmed, and being paid out.")
    if state in FINAL:
        raise Conflict("withdrawal_ended", f"The withdrawal is {state} already.")


def code_binding(withdrawal_id: str, account: str, total: str) -> str:
    """What a code is bound to: exactly `total` (text with currency, fee included), to this account or address."""
    return f"withdrawal/{withdrawal_id}|{account}|{total}"


@dataclass(frozen=True, slots=True)
class AddressTerms:
    """For withdrawals to an address on a chain. `fee` is the platform's, and fixed.

    More than `approve_above` needs an approver. `contract` is the token's: nothing is sent to it.
    """

    minimum: Money
    maximum: Money
    fee: Money
    approve_above: Money
    contract: str


def may_go_to_address(money: Money, terms: AddressTerms, *, valid: bool, own: bool) -> None:
    """Refuses an address that has a wrong checksum, or is our own; and amounts outside the limits.

    Raises `Malformed` invalid_address, `Conflict` address_not_allowed, wrong_currency, below_minimum, above_maximum.
    """
    if not valid:
        raise Malformed("invalid_address", "This is not a TRON address. Please copy the whole address.", "address")
    if own:
        raise Conflict("address_not_allowed", "This address belongs to the platform or to a contract.", "address")
    if money.currency != terms.minimum.currency:
        raise Conflict("wrong_currency", f"Only {terms.minimum.currency} goes to an address.", "amount.currency")
    if money < terms.minimum:
        raise Conflict("below_minimum", f"The least that can be sent is {terms.minimum}.", "amount")
    if money > terms.maximum:
        raise Conflict("above_maximum", f"The most that can be sent at once is {terms.maximum}.", "amount")


def may_decide(state: WithdrawalState, *, approver: bool) -> None:
    """Whether an operator can approve or reject it. The first of the two people is the owner.

    Raises `Forbidden` approver_key_needed, `Conflict` not_to_be_approved.
    """
    if not approver:
        raise Forbidden("approver_key_needed", "Only an approver can approve or reject a withdrawal.")
    if state is not _S.AWAITING_APPROVAL:
        raise Conflict("not_to_be_approved", f"The withdrawal waits for no approval: it is {state}.")
