"""Contracts: ordered milestones, each a service deal. A contract has no state of its own: it follows from its deals."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from domain.deals import FINAL, DealState
from domain.errors import Conflict, Malformed

MIN_MILESTONES: Final = 2  # one piece of work is a service deal
MAX_MILESTONES: Final = 50  # answered together, in one transaction that locks them all


class ContractState(StrEnum):
    PROPOSED = "proposed"  # the seller has not answered yet
    DENIED = "denied"
    LAPSED = "lapsed"  # the seller did not answer in time
    ACTIVE = "active"  # confirmed, and some milestone goes on
    COMPLETED = "completed"  # every milestone is
    CANCELLED = "cancelled"  # every milestone is
    ENDED = "ended"  # every milestone has ended, but not all as completed or all as cancelled


def state_of(milestones: Sequence[DealState]) -> ContractState:
    """The state of a contract, by the states of all its milestones.

    They are confirmed or denied together. They lapse one by one, within moments: the first to lapse says so for all.
    """
    states = frozenset(milestones)
    if DealState.LAPSED in states:
        return ContractState.LAPSED
    if DealState.DENIED in states:
        return ContractState.DENIED
    if DealState.PROPOSED in states:
        return ContractState.PROPOSED
    if not states <= FINAL:
        return ContractState.ACTIVE
    if states == {DealState.COMPLETED}:
        return ContractState.COMPLETED
    return ContractState.CANCELLED if states == {DealState.CANCELLED} else ContractState.ENDED


def may_consist_of(milestones: int) -> None:
    """Refuses a contract of too few or too many milestones. Raises `Malformed` invalid_field."""
    if not MIN_MILESTONES <= milestones <= MAX_MILESTONES:
        detail = f"A contract has {MIN_MILESTONES} to {MAX_MILESTONES} milestones."
        raise Malformed("invalid_field", detail, "milestones")


def answered_together(milestone: int | None, *, together: bool) -> None:
    """Refuses to answer a milestone (None: the deal is none) without the others. Raises `Conflict` part_of_contract."""
    if milestone is not None and not together:
        raise Conflict("part_of_contract", "The milestones of a contract are answered together: answer the contract.")


def is_cancelled_with_the_rest(state: DealState) -> bool:
    """Whether cancelling the contract is about a milestone in this state: only its dispute decides a disputed one."""
    return state is not DealState.DISPUTED
