"""What a call leaves behind in a real database, and what it answers when it is repeated."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

import ledger
from ledger import Balance, Capture, Command, Hold, Post, Posted, Void
from ledger.commands import fingerprint
from tests.ledger.books import Books, verdicts
from tests.ledger.model import Model, ModelAccount
from tests.ledger.strategies import calls

_worlds = itertools.count(1)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_the_database_answers_and_books_any_sequence_of_calls_as_the_model_says(
    books: Books, data: st.DataObject
) -> None:
    world = {
        await books.open(): ModelAccount("RUB", None),
        await books.open(floor=0): ModelAccount("RUB", 0),
        await books.open(floor=-50): ModelAccount("RUB", -50),
        await books.open("USD", floor=0): ModelAccount("USD", 0),
        await books.open(): ModelAccount("RUB", None, closed=True),
    }
    await books.close(list(world)[-1])
    model, prefix = Model(world), f"{next(_worlds)}/"
    everybody = [*world, 10**9, *list(world)[:3]]
    for commands, linked in data.draw(calls(everybody, prefix=prefix)):
        assert verdicts(await books.post(*commands, linked=linked)) == model.call(commands, linked=linked)
    assert await _transfers(books, prefix) == model.transfers()
    assert await _entries(books, prefix) == model.entries()
    for account in world:
        assert await books.balance(account) == Balance(*model.balance(account))
    written = await books.rows(
        "SELECT key, encode(fingerprint, 'hex') FROM ledger.transfers WHERE key LIKE $1 || '%'", prefix
    )
    assert dict(written) == {key: fingerprint(answer.command) for key, answer in model.answers.items()}
    assert (await books.audit()).violations == ()


async def _transfers(books: Books, prefix: str) -> list[tuple[Any, ...]]:
    return await books.rows(
        "SELECT t.key, t.kind, t.debit_account, t.credit_account, t.amount_minor, t.currency, h.key, t.reference,"
        " t.refusal FROM ledger.transfers t LEFT JOIN ledger.transfers h ON h.id = t.hold_id"
        " WHERE t.key LIKE $1 || '%' ORDER BY t.id",
        prefix,
    )


async def _entries(books: Books, prefix: str) -> list[tuple[Any, ...]]:
    return await books.rows(
        "SELECT t.key, e.account_id, e.version, e.amount_minor, e.held_minor, e.incoming_minor,"
        " e.balance_after_minor, e.held_after_minor, e.incoming_after_minor FROM ledger.entries e"
        " JOIN ledger.transfers t ON t.id = e.transfer_id WHERE t.key LIKE $1 || '%' ORDER BY e.account_id, e.version",
        prefix,
    )


async def test_a_balance_that_no_bigint_could_carry_refuses_its_own_transfer(books: Books) -> None:
    payer, payee = await books.open(), await books.open(floor=0)
    async with books.superuser.transaction() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        nearly = f"UPDATE ledger.accounts SET balance_minor = {2**62 - 10} WHERE id = {payee}"
        await connection.exec_driver_sql(nearly)
    commands = [Post("a", payer, payee, 10, "RUB"), Post("b", payer, payee, 1, "RUB")]
    assert verdicts(await books.post(*commands)) == ["posted", "bad_amount"]


async def test_a_linked_call_that_keeps_no_refusals_leaves_no_trace_and_may_come_again(books: Books) -> None:
    payer, payee = await books.open(floor=0, funds=100), await books.open(floor=0)
    legs: list[Command] = [
        Hold("principal", payer, payee, 90, "RUB"),
        Capture("taken", "principal"),
        Hold("fee", payer, payee, 20, "RUB"),
    ]
    async with books.app.transaction() as session:
        refused = await ledger.post(await session.connection(), legs, linked=True, keep_refusals=False)
    assert verdicts(refused) == ["linked_refused", "linked_refused", "insufficient_funds"]
    assert await books.rows("SELECT key FROM ledger.transfers WHERE key IN ('principal', 'taken', 'fee')") == []
    await books.post(Post("more", await books.open(), payer, 10, "RUB"))
    async with books.app.transaction() as session:
        posted = await ledger.post(await session.connection(), legs, linked=True, keep_refusals=False)
    assert verdicts(posted) == ["posted", "posted", "posted"]
    assert await books.balance(payer) == Balance(20, 20, 0)


async def test_a_closed_account_takes_nothing_new_but_its_holds_still_end(books: Books) -> None:
    payer, payee = await books.open(floor=0, funds=100), await books.open(floor=0)
    await books.post(Hold("a", payer, payee, 10, "RUB"), Hold("b", payer, payee, 10, "RUB"))
    await books.close(payee)
    await books.close(payee)
    answers = await books.post(Post("p", payer, payee, 1, "RUB"), Capture("ca", "a"), Void("vb", "b"))
    assert verdicts(answers) == ["account_closed", "posted", "posted"]


async def test_the_first_answer_to_a_key_is_its_answer_for_ever(books: Books) -> None:
    payer, payee = await books.open(floor=0, funds=100), await books.open(floor=0)
    poor = Post("poor", payee, payer, 5, "RUB")
    commands: list[Command] = [
        Post("p", payer, payee, 40, "RUB"),
        Capture("c", "h"),
        Hold("h", payer, payee, 60, "RUB"),
    ]
    assert verdicts(await books.post(poor)) == ["insufficient_funds"]
    first = await books.post(*commands)
    assert verdicts(first) == ["posted", "unknown_hold", "posted"]
    await books.close(payer)  # no precondition holds any more, yet every answer stays
    again = await books.post(*commands, poor)
    assert verdicts(again) == ["posted again", "unknown_hold again", "posted again", "insufficient_funds again"]
    for before, after in zip(first, again, strict=False):
        if isinstance(before, Posted) and isinstance(after, Posted):
            assert (after.transfer_id, after.at) == (before.transfer_id, before.at)
    assert await books.balance(payer) == Balance(60, 60, 0)


async def test_a_linked_call_is_all_or_nothing_and_stays_what_it_was(books: Books) -> None:
    payer, payee = await books.open(floor=0, funds=100), await books.open(floor=0)
    commands: list[Command] = [
        Hold("principal", payer, payee, 90, "RUB"),
        Hold("fee", payer, payee, 20, "RUB"),
        Void("undo", "principal"),
    ]
    assert verdicts(await books.post(*commands, linked=True)) == [
        "linked_refused",
        "insufficient_funds",
        "linked_refused",
    ]
    assert await books.balance(payer) == Balance(100, 0, 0)
    await books.post(Post("more", await books.open(), payer, 100, "RUB"))
    assert verdicts(await books.post(*commands, linked=True)) == [
        "linked_refused again",
        "insufficient_funds again",
        "linked_refused again",
    ]
    enough: list[Command] = [Hold("principal/2", payer, payee, 90, "RUB"), Hold("fee/2", payer, payee, 20, "RUB")]
    assert verdicts(await books.post(*enough, linked=True)) == ["posted", "posted"]
    assert verdicts(await books.post(*enough, linked=True)) == ["posted again", "posted again"]
    assert await books.balance(payer) == Balance(200, 110, 0)


async def test_any_text_that_can_be_stored_comes_back_as_it_was(books: Books) -> None:
    payer, payee = await books.open(), await books.open()
    odd = "ключ/😀/\"'\\/\x01\t[{:,$1%s"
    await books.post(Post(odd, payer, payee, 1, "RUB", odd))
    assert await books.rows("SELECT key, reference FROM ledger.transfers") == [(odd, odd)]
    assert verdicts(await books.post(Post(odd, payer, payee, 1, "RUB", odd))) == ["posted again"]


async def test_a_call_takes_one_statement_however_many_commands_it_has(books: Books) -> None:
    payer, payee = await books.open(), await books.open()
    sent: list[str] = []

    def note(*call: Any) -> None:
        sent.append(call[2])

    event.listen(books.app.engine.sync_engine, "before_cursor_execute", note)
    await books.post(Post("one", payer, payee, 1, "RUB"))
    assert len(sent) == 1
    many = [Hold(f"h{n}", payer, payee, 1, "RUB") for n in range(500)]
    await books.post(*many, *[Capture(f"c{n}", f"h{n}") for n in range(500)])
    assert len(sent) == 2
    await books.post(*many)
    assert len(sent) == 3
    event.remove(books.app.engine.sync_engine, "before_cursor_execute", note)
    assert await books.balance(payee) == Balance(501, 0, 0)


async def test_no_commands_need_no_statement_and_too_many_are_refused(books: Books) -> None:
    assert await books.post() == []
    with pytest.raises(ValueError):
        await books.post(*[Void(f"v{n}", "h") for n in range(ledger.MAX_COMMANDS + 1)])


async def test_a_row_gives_room_back_with_its_first_entry_and_then_changes_in_its_page(books: Books) -> None:
    accounts = [await books.open() for _ in range(50)]
    used = accounts[:40]
    pages = (
        "SELECT id, (ctid::text::point)[0]::int AS page, coalesce(length(room), 0)"
        " FROM ledger.accounts WHERE id = ANY ($1) ORDER BY id"
    )
    before = await books.rows(pages, accounts)
    assert {room for _, _, room in before} == {64}
    for number in range(10):
        for payer, payee in itertools.pairwise(used):
            await books.post(Post(f"{number}/{payer}", payer, payee, 1, "RUB"))
    assert await books.rows(pages, accounts) == [(id_, page, 0 if id_ in used else 64) for id_, page, _ in before]
