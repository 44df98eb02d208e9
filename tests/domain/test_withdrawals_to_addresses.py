"""Withdrawals to an address: which are allowed, and who approves large ones."""

from __future__ import annotations

import pytest

from domain.errors import Refusal
from domain.money import Money
from domain.withdrawals import AddressTerms, WithdrawalState, may_cancel, may_decide, may_go_to_address

USDT = 1_000_000
TERMS = AddressTerms(
    minimum=Money(10 * USDT, "USDT"),
    maximum=Money(1_000 * USDT, "USDT"),
    fee=Money(2 * USDT, "USDT"),
    approve_above=Money(500 * USDT, "USDT"),
    contract="the contract",
)


@pytest.mark.parametrize(
    ("minor", "currency", "valid", "own", "code"),
    [
        (10 * USDT, "USDT", True, False, None),
        (1_000 * USDT, "USDT", True, False, None),
        (10 * USDT, "USDT", False, False, "invalid_address"),
        (10 * USDT, "USDT", True, True, "address_not_allowed"),
        (10 * USDT, "RUB", True, False, "wrong_currency"),
        (10 * USDT - 1, "USDT", True, False, "below_minimum"),
        (1_000 * USDT + 1, "USDT", True, False, "above_maximum"),
    ],
)
def test_an_address_and_an_amount_are_allowed_or_refused_by_name(
    minor: int, currency: str, valid: bool, own: bool, code: str | None
) -> None:
    said = None
    try:
        may_go_to_address(Money(minor, currency), TERMS, valid=valid, own=own)
    except Refusal as refusal:
        said = refusal.code
    assert said == code


@pytest.mark.parametrize("state", WithdrawalState)
def test_only_an_approver_decides_and_only_what_waits_for_one(state: WithdrawalState) -> None:
    with pytest.raises(Refusal, match="approver_key_needed"):
        may_decide(state, approver=False)
    if state is WithdrawalState.AWAITING_APPROVAL:
        may_decide(state, approver=True)
        may_cancel(state)
    else:
        with pytest.raises(Refusal, match="not_to_be_approved"):
            may_decide(state, approver=True)
