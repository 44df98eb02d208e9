"""The market's rows against a real bank: differences are named; what a bank may know before us is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from audit import bank as audit_of_bank
from audit import bank_audit, market
from bank.client import BankClient, open_operation
from bank.service.audit import checks as audit_checks
from domain.keys import operation_key
from domain.money import Money
from tests.audit.corrupted_bank import CORRUPTIONS
from tests.audit.story import Story, found, spoiled
from tests.fixtures.bank import RunningBank, done

KNOWN, RECORDED = "bank_operations_are_known", "recorded_operations_exist"
AGREE, STATUSES, BOOKS = "operations_agree", "operation_statuses_agree", "books_agree_with_banks"
PAYOUTS = "payouts_agree_with_banks"
ALL = set(audit_of_bank.SENTENCES)

_HELD = "UPDATE operations SET status = 'pause', held_at = clock_timestamp() "


async def test_a_bank_that_did_what_the_rows_say_has_no_difference(story: Story) -> None:
    report = await story.audit()
    assert found(report) == {}
    examined = {result.name: result.examined for result in report.results}
    # Five debits of the three deals, the credits and commissions of the two that were completed, and a refund.
    assert (examined[KNOWN], examined[RECORDED], examined[STATUSES]) == (10, 10, 5)
    assert examined[BOOKS] >= 4 and examined[PAYOUTS] == 2


async def test_each_difference_between_bank_and_rows_is_named(story: Story) -> None:
    missed = {}
    for table, corruptions in CORRUPTIONS.items():
        for corruption in corruptions:
            [statement] = corruption.statements
            async with spoiled(story.market.bank.stored, table, story.named(statement)):
                reported = found(await story.compared())
            if set(reported) != set(corruption.found_by):
                missed[corruption.name] = reported
    assert missed == {}


def test_every_check_of_the_bank_against_the_rows_has_a_corruption_of_its_own() -> None:
    meant_for = {corruption.meant_for for corruptions in CORRUPTIONS.values() for corruption in corruptions}
    assert meant_for == set(audit_of_bank.SENTENCES)


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
    opened = done(await market.bank.client.send(call))  # its answer was never recorded
    held = f"{_HELD} WHERE key = '{story.unknown.operation}'"
    async with spoiled(market.bank.stored, "operations", held):
        report = await story.audit()
    assert found(report) == {}
    assert (await market.now(begun)).operation is None

    ended = f"UPDATE payments SET state = 'failed', final_at = clock_timestamp() WHERE id = '{begun.id}'"
    async with spoiled(story.market.stored, "payments", ended):
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
    known = {**market.LEDGER_INVARIANTS, **{name: number for name, (number, _) in bank_audit.CHECKS.items()}}
    assert {result.name: result.invariant for result in sound} == {f"bank.{name}": known[name] for name in known}

    raised = "UPDATE operations SET fee_minor = fee_minor + 1 WHERE status = 'success'"
    async with spoiled(bank.stored, "operations", raised):
        broken = await bank_audit.examine(bank.url, bank.admin_key)
    assert {result.name for result in broken if result.violations} == {
        "bank.operations_match_transfers",
        "bank.fees_earned",
    }


def test_the_report_has_words_for_every_check_of_the_banks_own_audit() -> None:
    numbers = {name: number for name, (number, _) in bank_audit.CHECKS.items()}
    assert numbers == {check.name: check.invariant for check in audit_checks.CHECKS}


@asynccontextmanager
async def _bank_that_says(body: str) -> AsyncIterator[str]:
    """The address of a bank whose audit answers `body`."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        said = body.encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_violations_that_a_bank_does_not_list_are_counted() -> None:
    shown = """{"checks": [{"name": "keys_once", "examined": 200, "broken": 150}],
               "violations": [{"check": "keys_once", "detail": "key rent names 2 transfers"}]}"""
    async with _bank_that_says(shown) as url:
        [result] = await bank_audit.examine(url, "key")
    assert (result.name, len(result.violations), result.broken) == ("bank.keys_once", 1, 150)


async def test_a_bank_that_does_not_audit_itself_is_an_alarm(bank: RunningBank) -> None:
    wrong_key, no_bank = (bank.url, bank.payments_key), ("http://127.0.0.1:9", bank.admin_key)
    results = [await bank_audit.examine(*asked) for asked in (wrong_key, no_bank)]
    of_no_check = """{"checks": [{"name": "keys_once", "examined": 1, "broken": 0}],
                     "violations": [{"check": "books_burned", "detail": "all"}]}"""
    for said in ("no JSON", '{"checks": [], "violations": []}', of_no_check):
        async with _bank_that_says(said) as strange:
            results.append(await bank_audit.examine(strange, bank.payments_key))
    for [result] in results:
        assert (result.name, result.examined, len(result.violations)) == (bank_audit.NAME, 0, 1)
