"""Resolutions: what two operators decide about an incoming transfer.

In suspense: whose it is, or that it goes back. Held back: that it never came.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from domain.errors import Conflict, Forbidden
from domain.states import Machine


class Way(StrEnum):
    ASSIGN = "assign"  # to a wallet, or to a top-up and so to its wallet
    RETURN = "return"  # to the sender's account, by the bank
    DISMISS = "dismiss"  # one source alone reports it: it never came


class ResolutionState(StrEnum):
    REQUESTED = "requested"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # retracted by the operator who asked
    ASSIGNED = "assigned"  # approved, and booked in the same transaction
    DISMISSED = "dismissed"  # approved: nothing is booked
    RETURNING = "returning"  # approved: the bank is asked until its answer is final
    RETURNED = "returned"
    REFUSED = "refused"  # by the bank: the money is still in suspense


_S = ResolutionState
OPEN: Final = frozenset({_S.REQUESTED, _S.RETURNING})
FINAL: Final = frozenset(ResolutionState) - OPEN
TRANSITIONS: Final = frozenset(
    {(_S.REQUESTED, end) for end in (_S.REJECTED, _S.WITHDRAWN, _S.ASSIGNED, _S.DISMISSED, _S.RETURNING)}
    | {(_S.RETURNING, _S.RETURNED), (_S.RETURNING, _S.REFUSED)}
)
MACHINE: Final = Machine({_S.REQUESTED}, TRANSITIONS)


def may_decide(state: ResolutionState, *, own: bool, approver: bool) -> None:
    """Refuses an approval or rejection by the operator who asked, by one who is no approver, or after another end.

    Raises `Forbidden` approver_key_needed, own_resolution, `Conflict` resolution_ended.
    """
    if not approver:
        raise Forbidden("approver_key_needed", "Resolutions are approved with the API key of an approver.")
    if own:
        raise Forbidden("own_resolution", "Nobody approves or rejects their own resolution: retract it.")
    _must_wait(state)


def may_retract(state: ResolutionState, *, own: bool) -> None:
    """Raises `Forbidden` other_operator, `Conflict` resolution_ended."""
    if not own:
        raise Forbidden("other_operator", "A resolution is retracted by the operator who asked for it.")
    _must_wait(state)


def _must_wait(state: ResolutionState) -> None:
    if state is not ResolutionState.REQUESTED:
        raise Conflict("resolution_ended", f"The resolution is {state} already.")


def pause_s(tries: int) -> int:
    """How long to wait before a bank is asked again after its `tries`-th unknown answer."""
    return min(1 << min(tries, 6), 60)
