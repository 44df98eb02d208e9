from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.agreements import (
    MAX_EXTENSION,
    MAX_PROPOSALS_PER_DEAL,
    may_be_extended,
    may_be_undone,
    may_propose,
)
from domain.deals import DealState
from domain.errors import Refusal

PAY_BY = datetime(2030, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("state", "now", "inspect_by", "code"),
    [
        (DealState.AWAITING_PAYMENT, PAY_BY, None, None),
        (DealState.PARTIALLY_PAID, PAY_BY + TICK, None, "deadline_passed"),
        (DealState.FUNDED, PAY_BY, None, "release_begun"),
        (DealState.FUNDED, PAY_BY, PAY_BY, None),
        (DealState.FUNDED, PAY_BY + TICK, PAY_BY, "inspection_over"),
        (DealState.COMPLETED, PAY_BY, PAY_BY, "release_begun"),
        (DealState.SETTLING, PAY_BY, None, "deal_closed"),
        (DealState.EXPIRED, PAY_BY, None, "deal_closed"),
    ],
)
def test_a_deal_can_be_cancelled_until_its_deadline_or_until_the_seller_is_paid(
    state: DealState, now: datetime, inspect_by: datetime | None, code: str | None
) -> None:
    assert _refusal(lambda: may_be_undone(state, now, PAY_BY, inspect_by)) == code


@pytest.mark.parametrize(
    ("state", "now", "wanted", "code"),
    [
        (DealState.PARTIALLY_PAID, PAY_BY, PAY_BY + TICK, None),
        (DealState.PARTIALLY_PAID, PAY_BY, PAY_BY, "bad_deadline"),
        (DealState.PARTIALLY_PAID, PAY_BY, PAY_BY + MAX_EXTENSION + TICK, "bad_deadline"),
        (DealState.PARTIALLY_PAID, PAY_BY + TICK, PAY_BY + 2 * TICK, "deadline_passed"),
        (DealState.FUNDED, PAY_BY, PAY_BY + TICK, "deal_closed"),
    ],
)
def test_a_deadline_moves_forward_while_the_deal_is_open(
    state: DealState, now: datetime, wanted: datetime, code: str | None
) -> None:
    assert _refusal(lambda: may_be_extended(state, now, PAY_BY, wanted)) == code


def test_a_deal_is_no_place_to_store_proposals() -> None:
    assert _refusal(lambda: may_propose(MAX_PROPOSALS_PER_DEAL - 1)) is None
    assert _refusal(lambda: may_propose(MAX_PROPOSALS_PER_DEAL)) == "too_many_proposals"


def _refusal(act: object) -> str | None:
    assert callable(act)
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return None
