"""Fail points kill a worker for real, and cannot be switched on by accident."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from pydantic import ValidationError

import activities
from activities.failpoints import FailPoint
from settings import MarketSettings
from tests.prove.crashes import points

NEEDED: dict[str, Any] = {
    "database_url": "postgresql+asyncpg://nobody@127.0.0.1/nothing",
    "bank_url": "http://127.0.0.1:1",
    "bank_api_key": "key",
    "pepper": "a pepper for tests only, 32 bytes",
    "sealing_keys": "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=",
}


def test_a_fail_point_is_refused_unless_dying_for_a_test_is_set() -> None:
    with pytest.raises(ValidationError, match="for tests alone"):
        MarketSettings(**NEEDED, fail_point="debit:after-effect")
    armed = MarketSettings(**NEEDED, fail_point="debit:after-effect", dies_for_a_test=True)
    assert armed.fail_point == "debit:after-effect"
    assert MarketSettings(**NEEDED).fail_point is None


@pytest.mark.parametrize("name", ["debit", "debit:later", "Debit:before-effect", "debit/:before-effect"])
def test_a_point_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no fail point"):
        FailPoint(name)


# They move no money of a deal: copies of banks and fees, mails, notices, what looks out. Each has its own tests.
# `redrive` is one round of `keep_redriving`.
OF_NO_SAGA = {
    "wait_for_sweeps",
    "refresh_directory",
    "keep_directory",
    "wait_for_codes",
    "wait_for_mails",
    "wait_for_holds",
    "wait_for_wallets",
    "answer_password_requests",
    "send_mails",
    "send_codes",
    "redrive",
    "note_deadlines",
    "tell_notices",
    "write_wallet_mails",
    "write_codes",
}


def test_every_activity_that_there_is_has_both_its_fail_points() -> None:
    """A new activity must be added to the stories or scenes of `tests/prove/`, or excluded here with a reason."""
    names = {
        name
        for module in pkgutil.iter_modules(activities.__path__)
        for kind in vars(importlib.import_module(f"activities.{module.name}")).values()
        if isinstance(kind, type) and kind.__module__.startswith("activities.")
        for name, method in vars(kind).items()
        if hasattr(method, "__temporal_activity_definition")
    }
    proved = [point.partition(":")[0].partition("/")[0] for point in points()]
    assert names - OF_NO_SAGA == set(proved)
    assert all(len({point.partition(":")[2] for point in points() if point.startswith(name)}) > 1 for name in proved)
