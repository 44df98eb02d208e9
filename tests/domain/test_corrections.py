from __future__ import annotations

from itertools import product

import pytest

from domain.corrections import CorrectionState, may_decide, may_retract
from domain.errors import Refusal


def _refusal(act: object) -> str | None:
    assert callable(act)
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(("state", "own", "approver"), list(product(CorrectionState, (True, False), (True, False))))
def test_another_operator_who_is_an_approver_decides_what_waits(
    state: CorrectionState, own: bool, approver: bool
) -> None:
    wanted = None if state is CorrectionState.REQUESTED else "correction_ended"
    if own:
        wanted = "own_correction"
    if not approver:
        wanted = "approver_key_needed"
    assert _refusal(lambda: may_decide(state, own=own, approver=approver)) == wanted
    retracted = None if state is CorrectionState.REQUESTED else "correction_ended"
    assert _refusal(lambda: may_retract(state, own=own)) == (retracted if own else "other_operator")
