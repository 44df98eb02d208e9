"""Answers to refunds and payments in one call are compared with what was asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bank.client import Done, Unknown, pay, refund
from domain.money import Money
from tests.bank.test_client import OPERATION, answering, sent

KEY = str(OPERATION["key"])
AMOUNT, FEE = Money(11_560, "RUB"), Money(500, "RUB")
REFUND = OPERATION | {"key": "op-001-refund", "kind": "refund", "status": "success", "source": KEY}
ITEM: dict[str, Any] = {
    "source": KEY,
    "operation": REFUND,
    "amount": "115.60",
    "fee": "5.00",
    "currency": "RUB",
    "from_hold": "0.00",
    "from_uncredited": "15.60",
    "from_payee": "60.00",
    "from_guarantee": "40.00",
    "parts": [
        {"origin": "uncredited", "credit": None, "amount": "15.60"},
        {"origin": "payee", "credit": "op-002-credit", "amount": "60.00"},
        {"origin": "guarantee", "credit": "op-002-credit", "amount": "40.00"},
    ],
}
VOIDED = ITEM | {
    "operation": OPERATION | {"status": "void"},
    "from_hold": "115.60",
    "from_uncredited": "0.00",
    "from_payee": "0.00",
    "from_guarantee": "0.00",
    "parts": [],
}
WHOLE = refund("key/1", [KEY], fee="returned")
CONTRADICTION = Unknown("answer contradicts the request")


async def test_a_refund_as_it_was_asked_for_is_done() -> None:
    answer = await sent(answering(201, {"items": [ITEM]}), WHOLE)
    assert isinstance(answer, Done)
    [one] = answer.value
    assert (one.source, one.amount, one.fee, one.from_guarantee) == (KEY, AMOUNT, FEE, Money(4_000, "RUB"))
    assert isinstance(await sent(answering(201, {"items": [VOIDED]}), WHOLE), Done)
    by_reference = refund("key/1", reference="deal/1", amount=AMOUNT, fee="returned")
    assert isinstance(await sent(answering(201, {"items": [ITEM]}), by_reference), Done)


@pytest.mark.parametrize(
    "items",
    [
        [],
        [ITEM, ITEM],
        [ITEM | {"source": "op-other"}],
        [ITEM | {"amount": "115.59"}],
        [ITEM | {"fee": "4.99"}],
        [ITEM | {"from_payee": "60.01"}],
        [ITEM | {"parts": ITEM["parts"][1:]}],
        [ITEM | {"operation": REFUND | {"kind": "credit"}}],
        [ITEM | {"operation": REFUND | {"status": "pause"}}],
        [ITEM | {"operation": REFUND | {"source": "op-other"}}],
        [ITEM | {"operation": REFUND | {"amount": "1.00"}}],
        [VOIDED | {"operation": OPERATION | {"status": "pause"}}],
    ],
)
async def test_a_refund_that_contradicts_the_request_is_unknown(items: list[object]) -> None:
    assert await sent(answering(201, {"items": items}), WHOLE) == CONTRADICTION


async def test_amount_reference_and_policy_are_compared_too() -> None:
    one = answering(201, {"items": [ITEM]})
    less = Money(11_559, "RUB")
    assert await sent(one, refund("k", [KEY], amount=less, fee="returned")) == CONTRADICTION
    assert await sent(one, refund("k", [KEY], amount=Money(11_560, "USD"), fee="returned")) == CONTRADICTION
    assert await sent(one, refund("k", reference="deal/2", fee="returned")) == CONTRADICTION
    assert await sent(one, refund("k", [KEY], fee="kept")) == CONTRADICTION
    assert await sent(one, refund("k", [KEY, "op-2"], fee="returned")) == CONTRADICTION


@pytest.mark.parametrize(
    "item", [{}, ITEM | {"currency": "USD"}, ITEM | {"amount": 115.6}, ITEM | {"source": None}, ITEM | {"fee": "x"}]
)
async def test_a_refund_of_another_shape_is_unknown(item: object) -> None:
    assert await sent(answering(201, {"items": [item]}), WHOLE) == Unknown("answer not understood")


async def test_a_payment_in_one_call_is_compared_with_what_was_asked() -> None:
    call = pay("k", KEY, "001aaaaaaaaaa", "002bbbbbbbbbb", AMOUNT, "0000-0000", datetime.now(UTC))
    debited = OPERATION | {"status": "success"}
    credited = debited | {"key": "op-002-credit", "kind": "credit", "source": KEY, "fee": "0.00"}
    right = {"operation_key": KEY, "debit": debited, "credit": credited}
    assert isinstance(await sent(answering(200, right), call), Done)
    for wrong in (
        {"operation_key": "op-other"},
        {"debit": debited | {"key": "op-other"}},
        {"debit": debited | {"amount": "1.00"}},
        {"debit": debited | {"status": "pause"}},
        {"credit": credited | {"source": "op-other"}},
        {"credit": credited | {"amount": "1.00"}},
        {"credit": credited | {"payee_account": "002cccccccccc"}},
    ):
        assert await sent(answering(200, right | wrong), call) == CONTRADICTION
    assert "0000" not in repr(call)
