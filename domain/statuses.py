"""Statuses: what administrators let parties and operators say about a deal, such as "packed". They move nothing."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from domain.deals import DealState
from domain.errors import Conflict

CODE: Final = r"^[a-z][a-z0-9_]{0,39}$"
"""The form of a status's code, by which programs name it."""
MAX_NAME: Final = 60
"""Characters of a status's name in one language: it is shown as a tag."""
MAX_SET_PER_DEAL: Final = 100  # each is an event and a mail to the other party; bounds what one deal can store


class Setter(StrEnum):
    """Who sets a status."""

    SELLER = "seller"
    BUYER = "buyer"
    OPERATOR = "operator"


def is_offered(states: Collection[str], set_by: Collection[str], state: DealState, setter: Setter) -> bool:
    """Whether an active status can be set by `setter` on a deal in `state`."""
    return state in states and setter in set_by


def may_be_set(
    states: Collection[str], set_by: Collection[str], state: DealState, setter: Setter, *, active: bool
) -> None:
    """Refuses a retired status, and one for another party or another state of the deal.

    Raises `Conflict` status_retired, status_not_for_party, status_not_for_state.
    """
    if not active:
        raise Conflict("status_retired", "This status is retired.", "status")
    if setter not in set_by:
        raise Conflict("status_not_for_party", "This status is set by somebody else.", "status")
    if not is_offered(states, set_by, state, setter):
        raise Conflict("status_not_for_state", "This status does not fit the state of the deal.", "status")


def may_set_another(times: int) -> None:
    """Refuses a status beyond the number that one deal may have had."""
    if times >= MAX_SET_PER_DEAL:
        raise Conflict("too_many_statuses", f"The status of a deal changes at most {MAX_SET_PER_DEAL} times.")
