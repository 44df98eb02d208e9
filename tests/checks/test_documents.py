"""The diagrams of ARCHITECTURE.md are the rules of the product, not a memory of them."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from domain import deals, disputes, outgoing, payment_requests, payments, withdrawals
from domain.states import Machine

DIAGRAM = re.compile(r"## The states of an? ([\w ]+)\n+```mermaid\nstateDiagram-v2\n(.*?)```", re.DOTALL)
ARROW = re.compile(r"^ +(\S+) --> (\S+)$", re.MULTILINE)
OUTSIDE = "[*]"


def drawn(noun: str) -> set[tuple[str, str]]:
    text = (Path(__file__).parents[2] / "ARCHITECTURE.md").read_text()
    diagrams = dict(DIAGRAM.findall(text))
    return set(ARROW.findall(diagrams[noun]))


def moves(machine: Machine, final: frozenset[StrEnum]):
    begun = {(OUTSIDE, first) for first in machine.beginnings}
    return {*machine.transitions, *begun, *((state, OUTSIDE) for state in final)}


def test_the_diagram_of_a_deal_shows_exactly_the_moves_that_the_rules_have():
    assert drawn("deal") == moves(deals.MACHINE, deals.FINAL)


def test_the_diagram_of_a_payment_shows_exactly_the_moves_that_the_rules_have():
    assert drawn("payment") == moves(payments.MACHINE, payments.FINAL)


def test_the_diagrams_of_withdrawals_and_requests_show_exactly_the_moves_that_the_rules_have():
    assert drawn("withdrawal") == moves(withdrawals.MACHINE, withdrawals.FINAL)
    assert drawn("request") == moves(payment_requests.MACHINE, payment_requests.FINAL)


def test_the_diagram_of_a_dispute_shows_exactly_the_moves_that_the_rules_have():
    assert drawn("dispute") == moves(disputes.MACHINE, frozenset(disputes.ENDS))


def test_the_diagram_of_an_outgoing_transaction_shows_exactly_the_moves_that_the_rules_have():
    assert drawn("outgoing transaction") == moves(outgoing.MACHINE, outgoing.FINAL)
