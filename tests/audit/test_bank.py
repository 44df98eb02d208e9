"""The market's rows against a real bank: what differs is named; what a bank may know before us is no difference."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from audit import bank_audit
from bank.client import BankClient, open_operation
from domain.keys import operation_key
from domain.money import Money
from tests.audit.story import Story, found, spoiled
from tests.fixtures.bank import RunningBank, done

KNOWN, RECORDED = "bank_operations_are_known", "recorded_operations_exist"
AGREE, STATUSES, BOOKS = "operations_agree", "operation_statuses_agree", "books_agree_with_banks"
PAYOUTS, STRAYS = "payouts_agree_with_banks", "bank_operations_have_rows"
ALL = {KNOWN, RECORDED, AGREE, STATUSES, BOOKS, PAYOUTS, STRAYS}

_HELD = "UPDATE operations SET status = 'pause', held_at = clock_timestamp() "
_CAPTURED = "UPDATE operations SET status = 'success', held_at = clock_timestamp(), captured_at = clock_timestamp() "
_VOID = "UPDATE operations SET status = 'void', captured_at = NULL, credited_minor = 0, voided_at = clock_timestamp() "

_COPIED = "amount_minor, fee_minor, currency, payer_account, payee_account, reference"
_STRANGER = (
    f"INSERT INTO operations (key, caller, kind, status, {_COPIED}) "
    f"SELECT '001op_of_nobody', caller, kind, 'created', {_COPIED} FROM operations WHERE key = '{{held}}'"
)

# SQL past the bank's own rules, and the checks that see it; {held} and the like are operation keys.
CORRUPTIONS = {
    "an operation is gone": ("DELETE FROM operations WHERE key = '{held}'", {RECORDED, BOOKS}),
    "an operation belongs to another deal": (
        "UPDATE operations SET reference = '{completed}' WHERE key = '{held}'",
        {RECORDED, KNOWN, BOOKS},
    ),
    "the bank took more": (
        "UPDATE operations SET amount_minor = amount_minor + 1 WHERE key = '{paid}'",
        {AGREE, BOOKS},
    ),
    "the bank took another fee": (
        "UPDATE operations SET fee_minor = fee_minor + 1 WHERE key = '{held}'",
        {AGREE, BOOKS},
    ),
    "the money goes to somebody else": (
        "UPDATE operations SET payee_account = payer_account WHERE key = '{held}'",
        {AGREE},
    ),
    "the seller was credited less": (
        "UPDATE operations SET amount_minor = amount_minor - 1 WHERE source = '{paid}' AND amount_minor > 5000",
        {AGREE, BOOKS},
    ),
    "a held payment is captured": (_CAPTURED + "WHERE key = '{held}'", {STATUSES}),
    "a captured payment is given back": (_VOID + "WHERE key = '{paid}'", {STATUSES}),
    "a payment of unknown outcome is captured": (_CAPTURED + "WHERE key = '{unknown}'", {STATUSES}),
    "a payment of unknown outcome is given back": (_VOID + "WHERE key = '{unknown}'", {STATUSES}),
    "money is held that nobody confirmed": (_HELD + "WHERE key = '{awaiting}'", {STATUSES}),
    "an operation belongs to no payment": (
        _STRANGER,
        {KNOWN, STRAYS},
    ),
    "an operation belongs to no deal": (
        _STRANGER.replace("reference FROM", "'nowhere' FROM"),
        {STRAYS},
    ),
}


async def test_a_bank_that_did_what_the_rows_say_has_no_difference(story: Story) -> None:
    report = await story.audit()
    assert found(report) == {}
    examined = {result.name: result.examined for result in report.results}
    # Four debits of the two deals, and the completed one's credit and commission.
    assert (examined[KNOWN], examined[RECORDED], examined[STATUSES]) == (6, 6, 4)
    assert examined[BOOKS] >= 4


async def test_each_difference_between_bank_and_rows_is_named(story: Story) -> None:
    names = {
        "{paid}": story.paid.operation,
        "{held}": story.held.operation,
        "{unknown}": story.unknown.operation,
        "{awaiting}": story.awaiting.operation,
        "{completed}": str(story.completed.id),
    }
    missed = {}
    for name, (statement, expected) in CORRUPTIONS.items():
        planted = statement
        for placeholder, key in names.items():
            planted = planted.replace(placeholder, key or "")
        async with spoiled(story.market.bank.stored, "operations", planted):
            reported = found(await story.audit())
        if set(reported) != expected:
            missed[name] = reported
    assert missed == {}


async def test_a_bank_that_has_done_what_we_do_not_know_yet_is_not_different(story: Story) -> None:
    market = story.market
    begun = await market.pay(story.open, story.buyer, "20.00")
    call = open_operation(
        operation_key(str(begun.id)),
        begun.payer_account,
        story.open.payee_account,
        begun.amount,
        begun.fee,
        str(story.open.id),
    )
    opened = done(await market.bank.client.send(call))  # its answer was never written down
    held = f"{_HELD} WHERE key = '{story.unknown.operation}'"
    async with spoiled(market.bank.stored, "operations", held):
        report = await story.audit()
    assert found(report) == {}
    assert (await market.now(begun)).operation is None

    ended = f"UPDATE payments SET state = 'failed', final_at = clock_timestamp() WHERE id = '{begun.id}'"
    async with spoiled(story.stored, "payments", ended):
        details = found(await story.audit())[STATUSES]
    assert len(details) == 1 and opened.key in details[0]


async def test_a_difference_that_is_younger_than_the_grace_period_is_no_alarm(story: Story) -> None:
    gone = f"DELETE FROM operations WHERE key = '{story.held.operation}'"
    async with spoiled(story.market.bank.stored, "operations", gone):
        young = found(await story.audit(grace=timedelta(minutes=10)))
        old = found(await story.audit())
    assert RECORDED not in young and RECORDED in old


async def test_a_silent_bank_is_an_alarm_of_every_check_about_it(story: Story) -> None:
    nobody = BankClient("http://127.0.0.1:9", "none", timeout_s=0.5)
    report = await story.audit(bank=nobody)
    await nobody.aclose()
    assert set(found(report)) == ALL
    assert all(result.examined == 0 for result in report.results if result.name in ALL)


async def test_the_banks_own_audit_is_part_of_the_report(bank: RunningBank) -> None:
    one, other = bank.parties[0], next(party for party in bank.parties if party.bank_id != bank.parties[0].bank_id)
    await bank.captured(one, other, Money(10_000, "RUB"))
    sound = await bank_audit.examine(bank.url, bank.admin_key)
    assert [result for result in sound if result.violations] == []
    assert {result.invariant for result in sound} >= {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 16, 17, 21}

    raised = "UPDATE operations SET fee_minor = fee_minor + 1 WHERE status = 'success'"
    async with spoiled(bank.stored, "operations", raised):
        broken = await bank_audit.examine(bank.url, bank.admin_key)
    assert {result.name for result in broken if result.violations} == {
        "bank.operations_match_transfers",
        "bank.fees_earned",
    }


@pytest.mark.parametrize("how", ["wrong key", "no bank"])
async def test_a_bank_that_does_not_audit_itself_is_an_alarm(bank: RunningBank, how: str) -> None:
    url, key = (bank.url, bank.payments_key) if how == "wrong key" else ("http://127.0.0.1:9", bank.admin_key)
    [result] = await asyncio.wait_for(bank_audit.examine(url, key), 10)
    assert result.examined == 0 and len(result.violations) == 1
