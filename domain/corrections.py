"""Corrections of wallets: an operator asks for one, and another operator approves it; then it is booked at once."""

from __future__ import annotations

from enum import StrEnum

from domain.errors import Conflict, Forbidden
from domain.states import Machine


class CorrectionState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"  # and booked, in the same transaction
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # retracted by the operator who asked


class Way(StrEnum):
    """Which way the money goes, as the wallet's owner sees it."""

    IN = "in"
    OUT = "out"


FINAL = frozenset({CorrectionState.APPROVED, CorrectionState.REJECTED, CorrectionState.WITHDRAWN})
TRANSITIONS = frozenset((CorrectionState.REQUESTED, end) for end in FINAL)
MACHINE = Machine({CorrectionState.REQUESTED}, TRANSITIONS)


def may_decide(state: CorrectionState, *, own: bool, approver: bool) -> None:
    """Refuses an approval or rejection by the operator who asked, by one who is no approver, or after another end.

    Raises `Forbidden` approver_key_needed, own_correction, `Conflict` correction_ended.
    """
    if not approver:
        raise Forbidden("approver_key_needed", "Corrections are approved with the API key of an approver.")
    if own:
        raise Forbidden("own_correction", "Nobody approves or rejects their own correction: retract it.")
    _must_wait(state)


def may_retract(state: CorrectionState, *, own: bool) -> None:
    """Raises `Forbidden` other_operator, `Conflict` correction_ended."""
    if not own:
        raise Forbidden("other_operator", "A correction is retracted by the operator who asked for it.")
    _must_wait(state)


def _must_wait(state: CorrectionState) -> None:
    if state is not CorrectionState.REQUESTED:
        raise Conflict("correction_ended", f"The correction is {state} already.")
