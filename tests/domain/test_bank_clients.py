"""Which moves a bank client makes, and which banks are another client's."""

from __future__ import annotations

import pytest

from domain.bank_clients import BankClientState, claimed, must_move, must_serve
from domain.errors import Conflict


@pytest.mark.parametrize(
    ("before", "after"), [("disabled", "draining"), ("enabled", "disabled"), ("disabled", "disabled")]
)
def test_nothing_skips_the_drain(before: str, after: str) -> None:
    with pytest.raises(Conflict, match="bank_client_state"):
        must_move(BankClientState(before), BankClientState(after))
    must_move(BankClientState.DRAINING, BankClientState.DISABLED)


def test_new_money_moves_only_at_an_enabled_client_or_at_that_of_the_settings() -> None:
    must_serve(None)
    must_serve(BankClientState.ENABLED)
    for state in (BankClientState.DRAINING, BankClientState.DISABLED):
        with pytest.raises(Conflict, match="bank_not_served"):
            must_serve(state)


def test_a_bank_is_claimed_by_its_id_or_by_its_requisite() -> None:
    others = {1: "044500001", 2: "044500002"}
    assert claimed([(1, "044500099"), (7, "044500002"), (8, "044500008")], others) == [1, 7]
    assert claimed([(1, "044500001")], {}) == []
