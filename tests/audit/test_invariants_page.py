"""docs/invariants.md lists every check that an audit runs, under its number and with its words, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ledger
from audit import bank, bank_audit, chain, market, signer_audit, workflows
from bank.service.audit import checks as audit_checks

PAGE = (Path(__file__).parents[2] / "docs" / "invariants.md").read_text()
RULE = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)` \| (\d+) \| (.+) \|$", re.MULTILINE)

Rows = dict[str, tuple[int, str]]


def rows(section: str) -> Rows:
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    found = ROW.findall(text)
    assert len(found) == text.count("\n| `"), "a row of another form"
    return {name: (int(number), sentence) for name, number, sentence in found}


CODE: dict[str, Rows] = {
    "Market database": {check.name: (check.invariant, check.sentence) for check in market.CHECKS},
    "The bank against the market": {name: (17, sentence) for name, sentence in bank.SENTENCES.items()},
    "The bank's own books": bank_audit.CHECKS,
    "The signer": signer_audit.CHECKS,
    "The chain against the market": {name: (chain.INVARIANT, sentence) for name, sentence in chain.SENTENCES.items()},
    "Temporal": {workflows.NAME: (workflows.INVARIANT, workflows.SENTENCE)},
}


@pytest.mark.parametrize("section", CODE)
def test_the_page_says_of_each_check_what_the_audit_says(section: str) -> None:
    assert rows(section) == CODE[section]


@pytest.mark.parametrize(
    ("section", "checks"), [("Ledger", ledger.CHECKS), ("The bank's own books", audit_checks.CHECKS)]
)
def test_the_page_lists_the_checks_in_the_order_in_which_they_run(
    section: str, checks: tuple[ledger.Check, ...]
) -> None:
    assert [(name, number) for name, (number, _) in rows(section).items()] == [
        (check.name, check.invariant) for check in checks
    ]


def test_the_page_has_no_section_of_checks_beside_these() -> None:
    sections = {part.splitlines()[0] for part in PAGE.split("\n## ")[1:] if "\n| `" in part}
    assert sections == {*CODE, "Ledger"}


def test_the_rules_are_numbered_and_each_has_its_check() -> None:
    numbers = [int(number) for number, _ in RULE.findall(PAGE)]
    assert numbers == list(range(1, 23))
    used = {number for section in (*CODE, "Ledger") for number, _ in rows(section).values()}
    assert used == set(numbers)


def test_a_rule_of_the_ledger_reads_on_the_page_as_in_a_report() -> None:
    rules = {int(number): sentence for number, sentence in RULE.findall(PAGE)}
    for check in ledger.CHECKS:
        assert market.ledger_sentence(check.name) == rules[check.invariant]
