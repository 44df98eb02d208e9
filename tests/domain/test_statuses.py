from __future__ import annotations

from itertools import product

import pytest

from domain.deals import DealState
from domain.errors import Refusal
from domain.statuses import MAX_SET_PER_DEAL, Setter, is_offered, may_be_set, may_set_another


def _refusal(state: DealState, setter: Setter, *, active: bool) -> str | None:
    try:
        may_be_set(
            [DealState.FUNDED, DealState.COMPLETED], [Setter.SELLER, Setter.OPERATOR], state, setter, active=active
        )
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(("state", "setter"), list(product(DealState, Setter)))
def test_a_status_is_set_by_those_who_may_in_the_states_that_it_names(state: DealState, setter: Setter) -> None:
    wanted = None if state in (DealState.FUNDED, DealState.COMPLETED) else "status_not_for_state"
    wanted = "status_not_for_party" if setter is Setter.BUYER else wanted
    assert _refusal(state, setter, active=True) == wanted
    assert _refusal(state, setter, active=False) == "status_retired"
    offered = is_offered([DealState.FUNDED, DealState.COMPLETED], [Setter.SELLER, Setter.OPERATOR], state, setter)
    assert offered == (wanted is None)


def test_the_status_of_a_deal_changes_a_bounded_number_of_times() -> None:
    may_set_another(MAX_SET_PER_DEAL - 1)
    with pytest.raises(Refusal, match="too_many_statuses"):
        may_set_another(MAX_SET_PER_DEAL)
