"""Service deals: the buyer proposes, and the seller confirms or denies in time. No money moves before that."""

from __future__ import annotations

from datetime import datetime

from domain.deals import CloseReason, DealState, in_time
from domain.errors import Conflict

# The end of a proposed deal, by the reason for which it is closed.
ENDS = {
    CloseReason.DEADLINE: DealState.LAPSED,
    CloseReason.DENIED: DealState.DENIED,
    CloseReason.CANCELLED: DealState.CANCELLED,
}


def may_answer(state: DealState, now: datetime, answer_by: datetime | None, *, together: bool = False) -> None:
    """Refuses to confirm, deny or retract a deal that is not proposed, or whose time to answer is over.

    `together`: with all milestones of its contract, of which the refusal then speaks. `now` is the market database's
    clock, read after the deal's lock. Raises `Conflict` not_proposed, deadline_passed.
    """
    if state is not DealState.PROPOSED or answer_by is None:
        if together:
            raise Conflict("not_proposed", "This contract does not wait for the seller's answer.")
        raise Conflict("not_proposed", "This deal does not wait for the seller's answer.")
    if not in_time(now, answer_by):
        raise Conflict("deadline_passed", "The time to answer is over.")


def must_be_confirmed(state: DealState, *, together: bool = False) -> None:
    """Refuses what is only possible once the seller has confirmed. Raises `Conflict` deal_unconfirmed.

    `together`: as of `may_answer`.
    """
    if state is DealState.PROPOSED:
        if together:
            raise Conflict("deal_unconfirmed", "The seller has not confirmed this contract yet.")
        raise Conflict("deal_unconfirmed", "The seller has not confirmed this deal yet.")
