"""Disputes: either party objects while the money of a funded deal is held, and nothing moves before the end.

The other party has time to answer. Both may make statements and offers. It ends by an offer that is accepted, by the
party that opened it, or by the decision of an operator, the arbiter; one who is too late is replaced by another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.agreements import Party
from domain.deals import FINAL, DealState, in_time
from domain.errors import Conflict, Forbidden, Malformed
from domain.money import Money
from domain.states import Machine

ANSWER_WITHIN: Final = timedelta(days=3)  # a weekend, and a working day to look for papers
DECIDE_WITHIN: Final = timedelta(days=7)  # from the answer, or from the end of the time for it
MAX_DISPUTES_PER_DEAL: Final = 20  # retracted ones included; bounds what one deal can store
MAX_ENTRIES_PER_PARTY: Final = 50  # more would not be read before a decision; bounds what one dispute can store
MAX_STATEMENT: Final = 2000
"""Characters of a statement: a page of text."""
MAX_LINK: Final = 500
"""Characters of the address of a piece of evidence."""
MAX_WHY: Final = 1000
"""Characters of an arbiter's reason, as of any override's."""


class DisputeState(StrEnum):
    OPEN = "open"
    SETTLED = "settled"  # by the parties: an offer was accepted, the deal accepted or cancelled
    DECIDED = "decided"  # by an arbiter
    WITHDRAWN = "withdrawn"  # by the party that opened it


ENDS: Final = (DisputeState.SETTLED, DisputeState.DECIDED, DisputeState.WITHDRAWN)
MACHINE: Final = Machine({DisputeState.OPEN}, frozenset((DisputeState.OPEN, end) for end in ENDS))


class EntryKind(StrEnum):
    """What a party adds to a dispute. Entries are numbered and never change."""

    STATEMENT = "statement"
    EVIDENCE = "evidence"  # what a statement says, and where it can be seen
    OFFER = "offer"  # replaces the party's own offer
    OFFER_WITHDRAWN = "offer_withdrawn"
    OFFER_ACCEPTED = "offer_accepted"  # the other party's
    PART_RELEASED = "part_released"  # the buyer has the undisputed part paid out


class Ruling(StrEnum):
    """Whose the money is after a dispute; the words of the overrides that decide."""

    RELEASE = "release"  # all of it the seller's
    REFUND = "refund"  # all of it the buyer's
    SPLIT = "split"


class Awaited(StrEnum):
    """What an open dispute waits for."""

    ANSWER = "answer"  # of the party that did not open it
    DECISION = "decision"
    SECOND_DECISION = "second_decision"  # by another arbiter: the time for the first was over


@dataclass(frozen=True, slots=True)
class Times:
    """The times of an open dispute, by the deal's clock; `silent_at`: the time to answer was noted to be over."""

    answer_by: datetime
    answered_at: datetime | None
    silent_at: datetime | None
    decide_by: datetime
    escalated_at: datetime | None

    @property
    def awaited(self) -> Awaited:
        if self.escalated_at is not None:
            return Awaited.SECOND_DECISION
        return Awaited.ANSWER if self.answered_at is None and self.silent_at is None else Awaited.DECISION

    @property
    def until(self) -> datetime | None:
        """When what is awaited is overdue; None when no such time runs any more."""
        return {
            Awaited.ANSWER: self.answer_by,
            Awaited.DECISION: self.decide_by,
            Awaited.SECOND_DECISION: None,
        }[self.awaited]


def other(party: Party) -> Party:
    return Party.SELLER if party is Party.BUYER else Party.BUYER


def ruling_of(back_minor: int, price_minor: int) -> Ruling:
    """The ruling under which `back_minor` of the price goes back to the buyer."""
    if back_minor == 0:
        return Ruling.RELEASE
    return Ruling.REFUND if back_minor == price_minor else Ruling.SPLIT


def back_by(ruling: Ruling, amount: Money | None, disputed: Money) -> int:
    """What goes back to the buyer by a ruling, in minor units; `amount` is given for a split alone.

    `disputed` is the price, less the undisputed part that was paid out.

    Raises `Malformed` missing_field, invalid_field; `Conflict` exceeds_refundable, nothing_to_split.
    """
    if ruling is not Ruling.SPLIT:
        if amount is not None:
            raise Malformed("invalid_field", "Only a split has an amount.", "amount")
        return 0 if ruling is Ruling.RELEASE else disputed.minor
    if amount is None:
        raise Malformed("missing_field", "How much goes back to the buyer?", "amount")
    if amount.minor > disputed.minor:
        raise Conflict("exceeds_refundable", f"At most {disputed.amount} can go back to the buyer.", "amount")
    if amount.minor == disputed.minor:
        raise Conflict("nothing_to_split", "Nothing of it would be left to the seller: decide for the buyer.", "amount")
    return amount.minor


def may_open(state: DealState, now: datetime, inspect_by: datetime | None, disputes: int) -> None:
    """Either party may open a dispute from the payment of the whole price to the end of the inspection.

    `inspect_by` is that end, None when nothing is inspected; `disputes` counts those that the deal has had.
    """
    if state is DealState.DISPUTED:
        raise Conflict("already_proposed", "The dispute is open already.")
    if state in FINAL:
        raise Conflict("deal_closed", "The deal has ended, and nothing is held any more.")
    if state is not DealState.FUNDED or inspect_by is None:
        raise Conflict("nothing_to_dispute", "This deal is not being inspected.")
    if not in_time(now, inspect_by):
        raise Conflict("inspection_over", "The time to inspect is over; the seller is being paid.")
    if disputes >= MAX_DISPUTES_PER_DEAL:
        raise Conflict("too_many_disputes", f"A deal takes at most {MAX_DISPUTES_PER_DEAL} disputes.")


def must_be_open(state: DisputeState | None) -> None:
    """Refuses what a party or an arbiter wants of a dispute that has ended, or that never was (None)."""
    if state is None:
        raise Conflict("no_dispute", "There is no dispute about this deal.")
    if state is not DisputeState.OPEN:
        raise Conflict("dispute_ended", "The dispute has ended.")


def may_retract(opened_by: Party, party: Party) -> None:
    if opened_by is not party:
        raise Conflict("not_your_dispute", "Only the party that opened the dispute can retract it.", "user_id")


def may_add(entries_of_party: int) -> None:
    """Refuses a statement or an offer beyond the number that one party may add."""
    if entries_of_party >= MAX_ENTRIES_PER_PARTY:
        said = f"Each party adds at most {MAX_ENTRIES_PER_PARTY} statements and offers to a dispute."
        raise Conflict("too_many_entries", said)


def may_offer(back_minor: int, disputed_minor: int) -> None:
    if back_minor > disputed_minor:
        raise Conflict("offer_exceeds_price", "More than what is disputed cannot go back to the buyer.", "back")


def may_release_part(party: Party, amount_minor: int, price_minor: int, released_minor: int | None) -> None:
    """Refuses an undisputed part from another than the buyer, one that leaves nothing to dispute, and a second one.

    `released_minor` is the part that the deal has released before.
    """
    if party is not Party.BUYER:
        raise Conflict("not_the_buyer", "Only the buyer can say that a part is not disputed.", "user_id")
    if released_minor is not None:
        raise Conflict("part_released", "A part of this deal was released before.")
    if amount_minor >= price_minor:
        raise Conflict(
            "nothing_disputed", "An undisputed part is less than the price. To pay all of it, accept.", "amount"
        )


def may_accept(offered_by: Party | None, party: Party) -> None:
    """Refuses to accept one's own offer, or one (None) that was replaced, withdrawn or never made."""
    if offered_by is None:
        raise Conflict("offer_ended", "This offer was replaced or withdrawn.")
    if offered_by is party:
        raise Conflict("own_settlement", "Only the other party can accept an offer.", "user_id")


def must_be_arbiter(*, arbiter: bool) -> None:
    """Refuses what only arbiters do. Raises `Forbidden` role_missing."""
    if not arbiter:
        raise Forbidden("role_missing", "Disputes are decided by arbiters.")


def may_decide(times: Times, now: datetime, arbiter: UUID, assigned: UUID | None, replaced: UUID | None) -> None:
    """Refuses a decision before the other party has answered or its time is over, or by another than the arbiter.

    `assigned` is the arbiter who has taken the dispute, None before one has; `replaced` is the one who was too late.
    """
    may_take(arbiter, assigned, replaced)
    if times.answered_at is None and in_time(now, times.answer_by):
        raise Conflict("answer_awaited", "The other party can still answer: decide after that.")


def may_take(arbiter: UUID, assigned: UUID | None, replaced: UUID | None) -> None:
    """Refuses an arbiter when another has taken the dispute, or who was too late with it."""
    if arbiter == replaced:
        raise Forbidden("second_arbiter_needed", "The time to decide was over: another arbiter decides.")
    if assigned not in (None, arbiter):
        raise Conflict("dispute_taken", "Another arbiter has taken this dispute.")


def dispute_status_text(awaited: str | None, answers: str | None) -> tuple[str, str, str, str]:
    """Headline, what is awaited, from whom, and what happens otherwise (`domain/status_text.py`).

    `awaited` is None in views of earlier versions; `answers` is the party that may answer.
    """
    moves = "Nothing moves until the parties settle it or an arbiter decides."
    if awaited == Awaited.ANSWER:
        return (
            "Disputed; what is disputed stays held, and the other party may answer",
            "the answer",
            f"the {answers}",
            "Nothing moves. After {until} an arbiter may decide without an answer.",
        )
    if awaited == Awaited.DECISION:
        return (
            "Disputed; what is disputed stays held until an arbiter decides",
            "the decision",
            "an arbiter",
            f"{moves} After {{until}} another arbiter decides.",
        )
    if awaited == Awaited.SECOND_DECISION:
        headline = "Disputed; the time to decide was over, and another arbiter decides"
        return headline, "the decision", "a second arbiter", moves
    return "Disputed; what is disputed stays held until the dispute ends", "the decision", "an arbiter", moves
