"""Fail points kill a worker for real, and cannot be switched on by accident."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from activities.failpoints import FailPoint
from activities.repair import RepairActivities
from settings import MarketSettings
from tests.fixtures.sagas import CODE_RULES, Market
from tests.prove.crashes import points
from worker import activities

NEEDED: dict[str, Any] = {
    "database_url": "postgresql+asyncpg://nobody@127.0.0.1/nothing",
    "bank_url": "http://127.0.0.1:1",
    "bank_api_key": "key",
    "pepper": "a pepper for tests only, 32 bytes",
    "sealing_keys": "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=",
}


def test_a_fail_point_is_refused_unless_the_program_is_told_that_it_dies_for_a_test() -> None:
    with pytest.raises(ValidationError, match="for tests alone"):
        MarketSettings(**NEEDED, fail_point="debit:after-effect")
    armed = MarketSettings(**NEEDED, fail_point="debit:after-effect", dies_for_a_test=True)
    assert armed.fail_point == "debit:after-effect"
    assert MarketSettings(**NEEDED).fail_point is None


@pytest.mark.parametrize("name", ["debit", "debit:later", "Debit:before-effect", "debit/:before-effect"])
def test_a_point_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no fail point"):
        FailPoint(name)


async def test_every_activity_of_the_sagas_has_its_fail_points(idle_market: Market) -> None:
    market = idle_market
    bound = activities(market.database, market.bank.client, market.sealer, CODE_RULES, market.sagas)
    names = {method.__name__ for method in bound}
    proved = {point.partition(":")[0].partition("/")[0] for point in points()}
    # The stories of the proof have no operator who repairs.
    of_repairs = {name for name in names if name in vars(RepairActivities)} | {"sweep_repairs"}
    # Reached only after an hour of refusals, from outside, with a refund that waits, or about no deal.
    assert names - proved - of_repairs == {
        "try_taking_back_again",
        "request_cancellation",
        "sweep_refunds",
        "refresh_directory",
    }
    assert proved <= names
