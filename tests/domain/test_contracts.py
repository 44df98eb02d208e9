"""The state of a contract follows from the states of its milestones."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from domain.contracts import ContractState, answered_together, may_consist_of, state_of
from domain.deals import FINAL, DealState
from domain.errors import Conflict, Malformed
from domain.service_deals import may_answer, must_be_confirmed


@pytest.mark.parametrize(
    ("milestones", "expected"),
    [
        ("proposed proposed", "proposed"),
        ("proposed cancelled", "proposed"),
        ("denied denied", "denied"),
        ("lapsed proposed", "lapsed"),
        ("lapsed lapsed", "lapsed"),
        ("awaiting_payment awaiting_payment", "active"),
        ("completed awaiting_payment", "active"),
        ("completed disputed cancelled", "active"),
        ("completed settling", "active"),
        ("completed completed", "completed"),
        ("cancelled cancelled", "cancelled"),
        ("completed cancelled", "ended"),
        ("completed split", "ended"),
        ("expired expired", "ended"),
        ("completed refunded expired", "ended"),
    ],
)
def test_a_contract_is_what_its_milestones_are(milestones: str, expected: str) -> None:
    assert state_of([DealState(state) for state in milestones.split()]) == expected


def test_the_order_of_the_milestones_does_not_matter_and_only_final_ones_end_a_contract() -> None:
    over = {ContractState.COMPLETED, ContractState.CANCELLED, ContractState.ENDED}
    for first, second in product(DealState, repeat=2):
        assert state_of([first, second]) == state_of([second, first])
        if state_of([first, second]) in over:
            assert {first, second} <= FINAL


@pytest.mark.parametrize("number", [0, 1, 51])
def test_a_contract_has_2_to_50_milestones(number: int) -> None:
    may_consist_of(2)
    may_consist_of(50)
    with pytest.raises(Malformed, match="invalid_field"):
        may_consist_of(number)


def test_a_milestone_is_answered_with_the_others_only() -> None:
    answered_together(None, together=False)
    answered_together(2, together=True)
    with pytest.raises(Conflict, match="part_of_contract"):
        answered_together(2, together=False)


@pytest.mark.parametrize("together", [False, True])
def test_a_refusal_speaks_of_the_contract_when_that_was_to_be_answered(together: bool) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(Conflict) as lapsed:
        may_answer(DealState.LAPSED, now, now, together=together)
    with pytest.raises(Conflict) as unconfirmed:
        must_be_confirmed(DealState.PROPOSED, together=together)
    said = f"{lapsed.value.detail} {unconfirmed.value.detail}"
    assert [word in said for word in ("contract", "deal")] == [together, not together]
