"""The diagrams of ARCHITECTURE.md are the rules of the product, not a memory of them."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from domain import deals, payment_requests, payments, withdrawals

DIAGRAM = re.compile(r"## The states of a (\w+)\n+```mermaid\nstateDiagram-v2\n(.*?)```", re.DOTALL)
ARROW = re.compile(r"^ +(\S+) --> (\S+)$", re.MULTILINE)
OUTSIDE = "[*]"


def drawn(noun: str) -> set[tuple[str, str]]:
    text = (Path(__file__).parents[2] / "ARCHITECTURE.md").read_text()
    diagrams = dict(DIAGRAM.findall(text))
    return set(ARROW.findall(diagrams[noun]))


def moves(transitions: frozenset[tuple[StrEnum, StrEnum]], first: StrEnum, final: frozenset[StrEnum]):
    return {*transitions, (OUTSIDE, first), *((state, OUTSIDE) for state in final)}


def test_the_diagram_of_a_deal_shows_exactly_the_moves_that_the_rules_have():
    assert drawn("deal") == moves(deals.TRANSITIONS, deals.DealState.AWAITING_PAYMENT, deals.FINAL)


def test_the_diagram_of_a_payment_shows_exactly_the_moves_that_the_rules_have():
    assert drawn("payment") == moves(payments.TRANSITIONS, payments.PaymentState.OPENING, payments.FINAL)


def test_the_diagrams_of_withdrawals_and_requests_show_exactly_the_moves_that_the_rules_have():
    first = withdrawals.WithdrawalState.AWAITING_CODE
    assert drawn("withdrawal") == moves(withdrawals.TRANSITIONS, first, withdrawals.FINAL)
    asked = payment_requests.RequestState.ASKED
    assert drawn("request") == moves(payment_requests.TRANSITIONS, asked, payment_requests.FINAL)
