"""What parties agree on about their deal: cancelling it or extending it. One party proposes and the other agrees."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from domain.deals import OPEN, PAID_OUT, DealState, in_time
from domain.errors import Conflict, Malformed
from domain.states import Machine

MAX_PROPOSALS_PER_DEAL = 100  # withdrawn and replaced ones included; bounds what one deal can store
MAX_EXTENSION = timedelta(days=366)  # as for an offer: no deadline is further away


class Subject(StrEnum):
    """The subject of a proposal."""

    CANCELLATION = "cancellation"
    EXTENSION = "extension"


class Party(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"


class AgreementState(StrEnum):
    PROPOSED = "proposed"
    AGREED = "agreed"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"  # by another proposal about the same subject


TRANSITIONS = frozenset(
    {
        (AgreementState.PROPOSED, AgreementState.AGREED),
        (AgreementState.PROPOSED, AgreementState.WITHDRAWN),
        (AgreementState.PROPOSED, AgreementState.REPLACED),
    }
)
MACHINE = Machine({AgreementState.PROPOSED, AgreementState.AGREED}, TRANSITIONS)


def may_propose(proposals: int) -> None:
    """Refuses a proposal beyond the number that one deal may have."""
    if proposals >= MAX_PROPOSALS_PER_DEAL:
        raise Conflict("too_many_proposals", f"A deal takes at most {MAX_PROPOSALS_PER_DEAL} proposals.")


def still_open(subject: Subject, state: DealState, *, inspecting: bool) -> bool:
    """Whether a proposal about a deal in this state can still be agreed to."""
    if subject is Subject.EXTENSION:
        return state in OPEN
    return state in OPEN or state is DealState.DISPUTED or inspecting


def may_be_undone(state: DealState, now: datetime, pay_by: datetime, inspect_by: datetime | None) -> None:
    """Refuses to cancel a deal after its deadline, or once its money has begun to reach the seller for good.

    Allowed until `pay_by`; once funded, until the end of the inspection (`inspect_by`, None: released at once); once
    disputed, until the dispute has ended.
    """
    if state is DealState.DISPUTED:
        return
    if state in OPEN:
        if not in_time(now, pay_by):
            raise Conflict("deadline_passed", "The time to pay is over; the deal is closing.")
        return
    if state is DealState.FUNDED and inspect_by is not None:
        if not in_time(now, inspect_by):
            raise Conflict("inspection_over", "The time to inspect is over; the seller is being paid.")
        return
    if state in (DealState.FUNDED, *PAID_OUT):
        raise Conflict("release_begun", "The seller is paid: what goes back now is a refund.")
    raise Conflict("deal_closed", "The deal is closed already.")


def may_be_extended(state: DealState, now: datetime, pay_by: datetime, wanted: datetime) -> None:
    """Refuses a new deadline for a deal that is not open, and one that is not later, or too far ahead."""
    if state not in OPEN:
        raise Conflict("deal_closed", "Only the deadline of an open deal can be extended.")
    if not in_time(now, pay_by):
        raise Conflict("deadline_passed", "The time to pay is over.")
    if wanted <= pay_by:
        raise Malformed("bad_deadline", "The new deadline must be later than the one that stands.", "pay_by")
    if wanted > now + MAX_EXTENSION:
        raise Malformed("bad_deadline", f"A deadline lies at most {MAX_EXTENSION.days} days ahead.", "pay_by")
