"""Confirmation codes: bound, single-use, counted before they are compared, alive by the time of submission."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bank.client import Done, Refused, debit, request_code
from devstack.mailbox import Mailbox
from domain.codes import MAX_CODES, MAX_TRIES
from domain.money import Money
from tests.bank.stored import everything_stored
from tests.fixtures.bank import RunningBank, done, fresh_bank, read_code, refused
from tests.fixtures.databases import Databases
from tests.fixtures.logs import Logged

AMOUNT = Money(10_000, "RUB")
WRONG = "0000-0000"
GUESSES = 60  # at once: of read-then-write counters more than half would be compared


def now() -> datetime:
    return datetime.now(UTC)


async def age(bank: RunningBank, operation_key: str, by: timedelta) -> tuple[datetime, datetime]:
    """Moves the operation's codes into the past; when the newest was created and when it expires."""
    statement = (
        "UPDATE codes SET created_at = created_at - CAST(:by AS interval), "
        "expires_at = expires_at - CAST(:by AS interval) WHERE operation_key = :key RETURNING created_at, expires_at"
    )
    async with bank.database.transaction() as session:
        rows = (await session.execute(text(statement), {"by": by, "key": operation_key})).all()
    created_at, expires_at = max(tuple(row) for row in rows)
    return created_at, expires_at


async def tries(bank: RunningBank, operation_key: str) -> list[int]:
    async with bank.database.transaction() as session:
        statement = "SELECT tries FROM codes WHERE operation_key = :key ORDER BY number"
        return list((await session.scalars(text(statement), {"key": operation_key})).all())


async def last_code(bank: RunningBank, email: str) -> str:
    """The code of the newest mail."""
    return read_code(bank.mailbox.mails(to=email)[-1].text)


@pytest.mark.source(
    "bank client:7", "discussion:39-42", "discussion:97-100", "discussion:101-102", "discussion:115-118"
)
async def test_the_mail_names_amount_fee_and_payee(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    operation = await bank.open(payer, payee, AMOUNT)
    after = bank.mailbox.last_id
    sent = done(await bank.client.send(request_code(bank.key(), operation.key)))
    assert sent.number == 1
    mail = await bank.mailbox.wait_for(to=payer.email, after=after)
    code = read_code(mail.text)
    for shown in (str(AMOUNT), str(operation.fee), str(AMOUNT + operation.fee), payee.number, payee.name, code):
        assert shown in mail.text
        assert shown in mail.html
    assert code not in mail.subject


async def test_of_many_parallel_wrong_codes_at_most_five_are_compared(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    right = await bank.code(operation)
    calls = [debit(bank.key("guess"), operation.key, WRONG, now()) for _ in range(GUESSES)]
    answers = await asyncio.gather(*map(bank.client.send, calls))
    # A client that gave up waiting asks for the answer, which is a refusal like all the others.
    answers = [
        answer if isinstance(answer, Refused) else await bank.client.send(call)
        for call, answer in zip(calls, answers, strict=True)
    ]
    assert Counter(type(answer) for answer in answers) == {Refused: GUESSES}
    assert {answer.code for answer in answers if isinstance(answer, Refused)} == {"code_rejected"}
    assert await tries(bank, operation.key) == [5]
    async with bank.database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM code_tries")) == 5
    late = await bank.client.send(debit(bank.key(), operation.key, right, now()))
    assert refused(late) == "code_rejected"
    assert await bank.violations() == []


@pytest.mark.source("discussion:119-122", "discussion:123")
async def test_wrong_used_killed_late_and_unknown_codes_have_one_answer(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    operation = await bank.open(payer, payee, AMOUNT)
    unknown = await bank.client.send(debit(bank.key(), operation.key, WRONG, now()))
    killed_code = await bank.code(operation)
    await bank.code(operation)
    killed = await bank.client.send(debit(bank.key(), operation.key, killed_code, now()))
    wrong = await bank.client.send(debit(bank.key(), operation.key, WRONG, now()))
    late_operation = await bank.open(payer, payee, AMOUNT)
    late_code = await bank.code(late_operation)
    await age(bank, late_operation.key, timedelta(minutes=11))
    late = await bank.client.send(debit(bank.key(), late_operation.key, late_code, now()))
    assert refused(unknown) == "code_rejected"
    used_operation = await bank.held(payer, payee, AMOUNT)
    used_code = await last_code(bank, payer.email)
    used = await bank.client.send(debit(bank.key(), used_operation.key, used_code, now()))
    wrong_then = await bank.client.send(debit(bank.key(), used_operation.key, WRONG, now()))
    assert unknown == killed == wrong == late == used == wrong_then


async def test_any_change_of_amount_fee_or_payee_kills_the_code(bank: RunningBank) -> None:
    payer, payee, other = bank.parties[0], bank.parties[2], bank.parties[3]
    for change in ("amount_minor = amount_minor - 1", "fee_minor = fee_minor - 1", f"payee_account = '{other.number}'"):
        operation = await bank.open(payer, payee, AMOUNT)
        code = await bank.code(operation)
        async with bank.database.transaction() as session:
            await session.execute(text(f"UPDATE operations SET {change} WHERE key = :key"), {"key": operation.key})
        answer = await bank.client.send(debit(bank.key(), operation.key, code, now()))
        assert refused(answer) == "code_rejected"
    assert await bank.balance(payer.number) == ("10000.00", "0.00")


@pytest.mark.source("discussion:119-122")
async def test_a_code_is_read_as_people_type_it(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    code = await bank.code(operation)
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    assert done(await bank.client.send(debit(bank.key(), operation.key, typed, now()))).status == "pause"


async def test_what_cannot_be_a_code_is_refused_without_counting(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    await bank.code(operation)
    for nonsense in ("", "ABC", "ABCD-EFGU", "ABCD-EFGH-J", "٠٠٠٠٠٠٠٠"):
        answer = await bank.client.send(debit(bank.key(), operation.key, nonsense, now()))
        assert refused(answer) == "bad_code"
    assert await tries(bank, operation.key) == [0]


async def test_two_parallel_debits_with_one_code_make_one_hold(bank: RunningBank) -> None:
    total = Money(0, "RUB")
    for _ in range(5):
        operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
        total += AMOUNT + operation.fee
        code = await bank.code(operation)
        calls = [debit(bank.key(), operation.key, code, now()) for _ in range(2)]
        answers = await asyncio.gather(*(bank.client.send(call) for call in calls))
        assert sorted(type(answer).__name__ for answer in answers) == ["Done", "Refused"]
    assert await bank.balance(bank.parties[0].number) == ("10000.00", total.amount)
    assert await bank.violations() == []


async def test_one_key_sent_twenty_times_at_once_counts_one_try_and_makes_one_hold(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    code = await bank.code(operation)
    call = debit(bank.key(), operation.key, code, now())
    answers = await asyncio.gather(*(bank.client.send(call) for _ in range(20)))
    values = {answer.value.key for answer in answers if isinstance(answer, Done)}
    others = {str(answer) for answer in answers if not isinstance(answer, Done)}
    assert values == {operation.key}
    assert others <= {"Unknown(why='HTTP 409 request_in_progress')"}
    assert await tries(bank, operation.key) == [1]
    assert await bank.balance(operation.payer_account) == ("10000.00", (AMOUNT + operation.fee).amount)


async def test_a_repeated_wrong_code_is_not_counted_again(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    code = await bank.code(operation)
    call = debit(bank.key(), operation.key, WRONG, now())
    first = await bank.client.send(call)
    for _ in range(6):
        assert await bank.client.send(call) == first
    assert await tries(bank, operation.key) == [1]
    done(await bank.client.send(debit(bank.key(), operation.key, code, now())))


@pytest.mark.source("marketplace:167-168")
async def test_a_code_entered_in_time_is_accepted_however_late_the_request_comes(bank: RunningBank) -> None:
    for by in (timedelta(minutes=20), timedelta(hours=23, minutes=49)):
        operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
        code = await bank.code(operation)
        _, expires_at = await age(bank, operation.key, by)
        held = done(await bank.client.send(debit(bank.key(), operation.key, code, expires_at)))
        assert held.status == "pause"
    assert await bank.violations() == []


async def test_a_submission_time_that_cannot_be_believed_is_replaced_by_now(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    second = timedelta(seconds=1)

    async def answer(aged: timedelta, submitted_at: str) -> str:
        operation = await bank.open(payer, payee, AMOUNT)
        code = await bank.code(operation)
        created_at, expires_at = await age(bank, operation.key, aged)
        moment = {
            "before it was created": created_at - second,
            "just too late": expires_at + second,
            "in time": expires_at - second,
            "in the future": now() + timedelta(hours=1),
        }[submitted_at]
        reply = await bank.client.send(debit(bank.key(), operation.key, code, moment))
        return reply.code if isinstance(reply, Refused) else str(done(reply).status)

    day = timedelta(hours=25)
    assert await answer(timedelta(minutes=20), "before it was created") == "code_rejected"
    assert await answer(timedelta(minutes=20), "just too late") == "code_rejected"
    assert await answer(timedelta(minutes=20), "in the future") == "code_rejected"
    assert await answer(day, "in time") == "code_rejected"
    assert await answer(timedelta(0), "in the future") == "pause"
    assert await answer(timedelta(0), "before it was created") == "pause"


async def test_an_operation_gets_three_codes_with_a_pause_between_them(databases: Databases, mailbox: Mailbox) -> None:
    async with fresh_bank(databases, mailbox, code_pause_s=60) as running:
        operation = await running.open(running.parties[0], running.parties[2], AMOUNT)
        path = f"/operations/{operation.key}/codes"
        await running.code(operation)
        soon = await running.shop.post(path, json={}, headers={"Idempotency-Key": running.key()})
        assert (soon.status_code, soon.json()["code"]) == (429, "code_too_soon")
        assert 0 < int(soon.headers["Retry-After"]) <= 60
        for number in (2, 3):
            await age(running, operation.key, timedelta(seconds=61))
            sent = done(await running.client.send(request_code(running.key(), operation.key)))
            assert sent.number == number
        await age(running, operation.key, timedelta(seconds=61))
        fourth = await running.client.send(request_code(running.key(), operation.key))
        assert refused(fourth) == "too_many_codes"


async def test_a_repeated_request_for_a_code_sends_no_second_mail(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    after = bank.mailbox.last_id
    call = request_code(bank.key(), operation.key)
    first = done(await bank.client.send(call))
    assert done(await bank.client.send(call)) == first
    assert done(await bank.client.ask(call)) == first
    assert len(bank.mailbox.mails(to=bank.parties[0].email, after=after)) == 1


@pytest.mark.source("discussion:111-114")
async def test_a_code_is_in_no_log_and_in_no_table(bank: RunningBank, logged: Logged) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    bank.mailbox.refuse_next(1)
    code = await bank.code(operation)
    await bank.client.send(debit(bank.key(), operation.key, WRONG, now()))
    seen = [str(await everything_stored(bank))]
    done(await bank.client.send(debit(bank.key(), operation.key, code, now())))
    seen.append(str(await everything_stored(bank)))
    seen.append(logged.getvalue())
    assert "answers" in seen[0]
    assert len(logged.lines) > 10
    for secret in (code, code.replace("-", ""), code.replace("-", "").encode().hex(), bank.payments_key):
        for place in seen:
            assert secret.lower() not in place.lower()


async def test_the_database_allows_as_many_codes_and_tries_as_the_rules(bank: RunningBank) -> None:
    bounds = {
        "codes_at_most_three": MAX_CODES,
        "codes_at_most_five_tries": MAX_TRIES,
        "code_tries_at_most_five": MAX_TRIES,
    }
    sql = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = ANY (:names)"
    async with bank.database.transaction() as session:
        found = {row[0]: row[1] for row in await session.execute(text(sql), {"names": list(bounds)})}
    assert {name: f"<= {most})" in found[name] for name, most in bounds.items()} == dict.fromkeys(bounds, True)
