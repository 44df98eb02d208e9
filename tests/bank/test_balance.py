"""The balance is shown after the owner has agreed by a code, and to nobody else; no answer reveals which accounts
exist.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from bank.client import credit
from devstack.mailbox import Mailbox
from domain.money import Money
from edge.database import Database
from tests.bank.stored import everything_stored
from tests.fixtures.bank import RunningBank, done, fresh_bank
from tests.fixtures.databases import Databases
from tests.fixtures.refusals import refusal
from tests.fixtures.viewer import Viewer, viewer

AMOUNT = Money(10_000, "RUB")
NOBODY = "001ffffffffff"
WRONG = "0000-0000"


def outcome(answer: httpx.Response) -> tuple[int, str]:
    """Status and problem code."""
    return answer.status_code, answer.json().get("code", "")


async def age(bank: RunningBank, table: str, *columns: str, by: timedelta, only: str = "true") -> None:
    async with bank.database.transaction() as session:
        moves = ", ".join(f"{column} = {column} - CAST(:by AS interval)" for column in columns)
        await session.execute(text(f"UPDATE {table} SET {moves} WHERE {only}"), {"by": by})


async def expire_tokens(bank: RunningBank) -> None:
    """By the owner of the tables: the program itself cannot change a token."""
    owner = Database(bank.stored.owner_url, pool_size=1)
    async with owner.transaction() as session:
        await session.execute(
            text("UPDATE access_tokens SET created_at = created_at - interval '1 hour', expires_at = clock_timestamp()")
        )
    await owner.close()


@pytest.mark.source(
    "bank client:25-32", "bank client:33-38", "bank client:142-143", "bank client:152-178", "discussion:95-96"
)
async def test_the_owners_code_shows_the_balance_with_what_is_held(bank: RunningBank) -> None:
    owner = bank.parties[0]
    held = await bank.held(owner, bank.parties[1], AMOUNT)
    async with viewer(bank, "The Shop") as seeing:
        answer = await seeing.balance(owner.number, await seeing.token(owner))
    assert answer.status_code == 200
    assert answer.json() == {
        "number": owner.number,
        "currency": "RUB",
        "balance": "10000.00",
        "held": held.amount.amount,
        "available": "9900.00",
    }
    assert await bank.violations() == []


async def test_the_mail_says_who_wants_to_see_which_account(bank: RunningBank) -> None:
    owner = bank.parties[0]
    async with viewer(bank, "Shop <b>&amp; Sons</b>") as seeing:
        after = bank.mailbox.last_id
        code = await seeing.code(owner)
        mail = await bank.mailbox.wait_for(to=owner.email, after=after)
    for shown in ("Shop <b>&amp; Sons</b>", owner.number, owner.name, code, "15 minutes"):
        assert shown in mail.text
    for shown in ("Shop &lt;b&gt;&amp;amp; Sons&lt;/b&gt;", owner.number, owner.name, code, "15 minutes"):
        assert shown in mail.html
    assert "<b>" not in mail.html
    assert code not in mail.subject


async def test_the_statement_of_a_period_lies_between_its_opening_and_its_closing_balance(bank: RunningBank) -> None:
    owner, payee = bank.parties[0], bank.parties[1]
    await bank.captured(owner, payee, AMOUNT)
    async with bank.database.transaction() as session:
        between = await session.scalar(text("SELECT clock_timestamp()"))
    assert between is not None
    taken = await bank.captured(payee, owner, Money(2_500, "RUB"))
    done(await bank.client.send(credit(bank.key(), owner.number, Money(2_500, "RUB"), taken.key, "deal/2")))
    moment = between.astimezone(UTC).isoformat()
    async with viewer(bank, "The Shop") as seeing:
        token = await seeing.token(owner)
        whole = await seeing.statement(owner.number, token)
        before = await seeing.statement(owner.number, token, to=moment)
        after = await seeing.statement(owner.number, token, **{"from": moment})
    assert (whole["opening_balance"], whole["closing_balance"]) == ("0.00", "9925.00")
    assert (before["closing_balance"], after["opening_balance"]) == ("9900.00", "9900.00")
    assert [item["amount"] for item in after["items"]] == ["25.00"]
    assert before["items"] + after["items"] == whole["items"]


async def test_the_statement_names_no_operation_of_another_marketplace(bank: RunningBank) -> None:
    owner, payee = bank.parties[0], bank.parties[1]
    taken = await bank.captured(owner, payee, AMOUNT, "deal/secret-of-the-shop")
    async with viewer(bank, "stranger") as seeing:
        foreign = await seeing.statement(owner.number, await seeing.token(owner))
    async with viewer(bank, "shop") as seeing:
        own = await seeing.statement(owner.number, await seeing.token(owner))
    assert taken.key not in str(foreign)
    assert "secret" not in str(foreign)
    assert {item["operation"] for item in own["items"]} == {None, taken.key}
    assert [item["amount"] for item in own["items"]] == [item["amount"] for item in foreign["items"]]


async def test_wrong_used_late_killed_and_unknown_codes_have_one_answer(bank: RunningBank) -> None:
    owner, other = bank.parties[0], bank.parties[1]
    async with viewer(bank, "The Shop") as seeing:
        never = await seeing.exchange(owner.number, WRONG)
        killed_code = await seeing.code(owner)
        code = await seeing.code(owner)
        answers = [
            await seeing.exchange(owner.number, killed_code),
            await seeing.exchange(owner.number, WRONG),
            await seeing.exchange(other.number, code),
        ]
        assert (await seeing.exchange(owner.number, code)).status_code == 201
        answers.append(await seeing.exchange(owner.number, code))
        late = await seeing.code(owner)
        await age(bank, "codes", "created_at", "expires_at", by=timedelta(minutes=11), only="used_at IS NULL")
        answers.append(await seeing.exchange(owner.number, late))
        assert never.status_code == 409
        for answer in answers:
            assert refusal(answer) == refusal(never)


async def test_of_50_parallel_wrong_codes_five_are_compared_and_the_right_one_comes_too_late(bank: RunningBank) -> None:
    owner = bank.parties[0]
    async with viewer(bank, "The Shop") as seeing:
        code = await seeing.code(owner)
        answers = await asyncio.gather(*(seeing.exchange(owner.number, WRONG) for _ in range(50)))
        assert {outcome(answer) for answer in answers} == {(409, "code_rejected")}
        assert outcome(await seeing.exchange(owner.number, code)) == (409, "code_rejected")
    async with bank.database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM code_tries")) == 5
        assert await session.scalar(text("SELECT count(*) FROM access_tokens")) == 0
    assert await bank.violations() == []


async def test_two_parallel_exchanges_of_one_code_make_one_token(bank: RunningBank) -> None:
    owner = bank.parties[0]
    async with viewer(bank, "The Shop") as seeing:
        code = await seeing.code(owner)
        answers = await asyncio.gather(*(seeing.exchange(owner.number, code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await bank.violations() == []


async def test_a_repeat_of_the_exchange_gets_the_same_token_which_is_stored_nowhere(bank: RunningBank) -> None:
    owner = bank.parties[0]
    async with viewer(bank, "The Shop") as seeing:
        code, moment = await seeing.code(owner), datetime.now(UTC)
        first = await seeing.exchange(owner.number, code, key="exchange/1", submitted_at=moment)
        again = await seeing.exchange(owner.number, code, key="exchange/1", submitted_at=moment)
        asked = (await seeing.http.get("/answers", params={"key": "exchange/1"})).json()
    token = first.json()["token"]
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert asked["body"] == first.json() | {"token": None}
    stored = str(await everything_stored(bank))
    assert "access-" in stored
    for secret in (token, token.encode().hex(), code, code.replace("-", "")):
        assert secret.lower() not in stored.lower()


@pytest.mark.source("bank client:15-24", "marketplace:129-132")
async def test_a_token_is_for_one_marketplace_one_account_and_some_minutes(bank: RunningBank) -> None:
    owner, other = bank.parties[0], bank.parties[1]
    async with viewer(bank, "The Shop") as seeing, viewer(bank, "stranger") as stranger:
        token = await seeing.token(owner)
        assert (await seeing.balance(owner.number, token)).status_code == 200
        refusals = [
            await seeing.balance(other.number, token),
            await seeing.balance(NOBODY, token),
            await stranger.balance(owner.number, token),
            await seeing.balance(owner.number, token[:-1] + ("A" if token[-1] != "A" else "B")),
            await seeing.balance(owner.number, "x"),
        ]
        await expire_tokens(bank)
        refusals.append(await seeing.balance(owner.number, token))
        for refused in refusals:
            assert outcome(refused) == (403, "account_token_rejected")
            assert refusal(refused) == refusal(refusals[0])
        assert outcome(await seeing.http.get(f"/accounts/{owner.number}/balance")) == (422, "missing_field")


async def test_a_closed_account_shows_nothing_any_more(bank: RunningBank) -> None:
    owner = bank.parties[0]
    async with viewer(bank, "The Shop") as seeing:
        token, code = await seeing.token(owner), await seeing.code(owner)
        await bank.post(f"/accounts/{owner.number}/closure", {})
        assert outcome(await seeing.balance(owner.number, token)) == (403, "account_token_rejected")
        assert outcome(await seeing.exchange(owner.number, code)) == (409, "code_rejected")


async def test_an_account_that_does_not_exist_is_answered_like_one_that_does(
    databases: Databases, mailbox: Mailbox
) -> None:
    async with (
        fresh_bank(databases, mailbox, code_pause_s=60) as bank,
        viewer(bank, "The Shop") as seeing,
    ):
        commission = (await bank.client.banks())[0].commission_account
        stories = [await _life(bank, seeing, number) for number in (bank.parties[0].number, NOBODY, commission)]
        assert stories[0] == stories[1] == stories[2]
        statuses = [status for status, _ in stories[0]]
        assert statuses == [201, 429, 409, 409, 409, 409, 409, 409, 201, 201, 429, 403]
        before = bank.mailbox.last_id
        await seeing.ask(NOBODY)
        assert bank.mailbox.mails(after=before) == []
        assert await bank.violations() == []


async def _life(bank: RunningBank, seeing: Viewer, number: str) -> list[tuple[int, Any]]:
    """Everything that a curious marketplace can try with a number; what changes with time is left out."""
    answers = [await seeing.ask(number), await seeing.ask(number)]
    answers += [await seeing.exchange(number, WRONG) for _ in range(6)]
    for _ in range(2):
        await age(bank, "codes", "created_at", "expires_at", by=timedelta(minutes=2))
        answers.append(await seeing.ask(number))
    await age(bank, "codes", "created_at", "expires_at", by=timedelta(minutes=2))
    answers += [await seeing.ask(number), await seeing.balance(number, "x")]
    # What differs for each request says nothing of the account.
    own = {"expires_at": None, "request_id": None}
    return [(answer.status_code, answer.json() | own) for answer in answers]


async def test_an_owner_gets_three_codes_an_hour_from_a_marketplace_without_an_answer(bank: RunningBank) -> None:
    owner = bank.parties[0]
    async with viewer(bank, "The Shop") as seeing, viewer(bank, "Another") as another:
        after = bank.mailbox.last_id
        assert [(await seeing.ask(owner.number)).status_code for _ in range(4)] == [201, 201, 201, 429]
        refused = await seeing.ask(owner.number)
        assert outcome(refused) == (429, "code_too_soon")
        assert 3500 < int(refused.headers["Retry-After"]) <= 3600
        assert len(bank.mailbox.mails(to=owner.email, after=after)) <= 3
        assert (await another.ask(owner.number)).status_code == 201
        await age(bank, "account_accesses", "created_at", by=timedelta(hours=1))
        anew = await seeing.ask(owner.number)
        assert (anew.status_code, anew.json()["number"]) == (201, 1)
        assert (await seeing.exchange(owner.number, await seeing.code(owner))).status_code == 201
    assert await bank.violations() == []


async def test_a_code_of_a_payment_shows_no_balance_and_one_of_a_balance_pays_nothing(bank: RunningBank) -> None:
    owner = bank.parties[0]
    async with viewer(bank, "shop", "payments") as seeing:
        operation = await bank.open(owner, bank.parties[1], AMOUNT)
        payment_code = await bank.code(operation)
        balance_code = await seeing.code(owner)
        assert outcome(await seeing.exchange(owner.number, payment_code)) == (409, "code_rejected")
        body = {"code": balance_code, "submitted_at": datetime.now(UTC).isoformat()}
        headers = {"Idempotency-Key": bank.key()}
        debit = await seeing.http.post(f"/operations/{operation.key}/debit", json=body, headers=headers)
        assert outcome(debit) == (409, "code_rejected")
    assert await bank.balance(owner.number) == ("10000.00", "0.00")


async def test_what_is_no_account_number_is_refused_by_name(bank: RunningBank) -> None:
    async with viewer(bank, "The Shop") as seeing:
        for number in ("1", "001FFFFFFFFFF", "001fffffffffff", "%D9%A0%D9%A0%D9%A1ffffffffff"):
            answer = await seeing.ask(number)
            assert (answer.status_code, answer.json()["field"]) == (422, "number")
        nonsense = await seeing.exchange(bank.parties[0].number, "ABC")
        assert outcome(nonsense) == (422, "bad_code")
    async with bank.database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM account_accesses")) == 0
