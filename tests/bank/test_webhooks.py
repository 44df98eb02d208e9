"""Webhooks as a marketplace receives them on a real server: signed, in their time, twice, out of order, or never."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bank.client import Unknown, capture
from bank.service.rules.webhooks import backoff_s
from devstack.mailbox import Mailbox
from tests.bank.outbox import believed, ended, failed, outbox, register
from tests.bank.test_behaviour import AMOUNT, confirmed
from tests.bank.test_behaviour_rules import as_owner, held_once, raw, rule
from tests.fixtures.bank import RunningBank, done, fresh_bank, migrate_and_seed, running_bank, serving
from tests.fixtures.databases import Databases
from tests.fixtures.receiver import Receiver, answers


@pytest.mark.source("marketplace:139-140")
async def test_after_a_202_a_signed_webhook_reports_the_answer_without_an_amount(
    bank: RunningBank, receiver: Receiver
) -> None:
    secret = await register(bank, receiver.url)
    call = await confirmed(bank)
    await bank.behave(1, rule("accept", webhook="on_time"))
    assert await bank.client.send(call) == Unknown("HTTP 202")
    (message,) = await receiver.have(1)
    operation = call.path.split("/")[2]
    assert message.data == {"key": call.key, "operation": operation, "status": "done"}
    assert b"100.00" not in message.body
    assert believed(secret, message)
    assert not believed("whsec_" + "A" * 43 + "=", message)
    (row,) = await ended(bank, call.key)
    assert (row["tries"], row["failure"]) == (1, None)
    await held_once(bank, call)


async def test_a_refusal_is_reported_too(bank: RunningBank, receiver: Receiver) -> None:
    await register(bank, receiver.url)
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    call = capture(bank.key(), operation.key, amount=AMOUNT)
    await bank.behave(1, rule("accept", steps=["capture"]))
    assert await bank.client.send(call) == Unknown("HTTP 202")
    (message,) = await receiver.have(1)
    assert message.data == {"key": call.key, "operation": None, "status": "refused"}
    assert getattr(await bank.client.ask(call), "code", None) == "not_held"


async def test_an_early_webhook_comes_before_the_202(bank: RunningBank, receiver: Receiver) -> None:
    await register(bank, receiver.url)
    call = await confirmed(bank)
    let_go = asyncio.Event()

    async def hesitate(request: Request) -> Response:
        await let_go.wait()
        return Response(status_code=204)

    receiver.answers.append(hesitate)
    await bank.behave(1, rule("accept", webhook="early"))
    sending = asyncio.create_task(raw(bank, call))
    await receiver.have(1)
    # The work is committed and reported, and the bank has not answered yet.
    assert done(await bank.client.ask(call)).status == "pause"
    assert not sending.done()
    let_go.set()
    assert (await sending).status_code == 202
    await held_once(bank, call)


async def test_a_late_webhook_waits_and_a_restart_does_not_lose_it(
    databases: Databases, mailbox: Mailbox, receiver: Receiver
) -> None:
    async with databases.fresh("seeded_bank", migrate_and_seed) as database:
        async with running_bank(database, mailbox) as running:
            await register(running, receiver.url)
            call = await confirmed(running)
            await running.behave(1, rule("accept", webhook="late", late_s=3600))
            assert (await raw(running, call)).status_code == 202
            (row,) = await outbox(running, call.key)
            assert 3590 < (row["due_at"] - row["created_at"]).total_seconds() < 3610
            assert receiver.received == []
            await as_owner(running, "UPDATE webhooks SET due_at = clock_timestamp() + interval '1 second'")
            settings = running.settings
        async with serving(settings):
            (message,) = await receiver.have(1)
        assert message.data["key"] == call.key


async def test_twice_is_the_same_message_twice(bank: RunningBank, receiver: Receiver) -> None:
    await register(bank, receiver.url)
    call = await confirmed(bank)
    await bank.behave(1, rule("accept", webhook="twice"))
    assert (await raw(bank, call)).status_code == 202
    first, second = await receiver.have(2)
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert len(await ended(bank, call.key)) == 2
    await held_once(bank, call)


async def test_a_swapped_webhook_arrives_after_the_next_one(bank: RunningBank, receiver: Receiver) -> None:
    await register(bank, receiver.url)
    first, second = await confirmed(bank), await confirmed(bank)
    await bank.behave(1, rule("accept", webhook="swapped", times=2))
    for call in (first, second):
        assert (await raw(bank, call)).status_code == 202
    received = await receiver.have(2)
    assert [message.data["key"] for message in received] == [second.key, first.key]


async def test_never_is_never(bank: RunningBank, receiver: Receiver) -> None:
    await register(bank, receiver.url)
    call = await confirmed(bank)
    await bank.behave(1, rule("accept", webhook="never"))
    assert (await raw(bank, call)).status_code == 202
    assert await outbox(bank, call.key) == []
    await held_once(bank, call)
    assert receiver.received == []


async def test_a_receiver_that_fails_gets_the_same_message_again(bank: RunningBank, receiver: Receiver) -> None:
    secret = await register(bank, receiver.url)
    receiver.answers += [answers(503), answers(302, {"Location": receiver.url + "/elsewhere"})]
    call = await confirmed(bank)
    await bank.behave(1, rule("accept"))
    assert (await raw(bank, call)).status_code == 202
    for failure in ("HTTP 503", "HTTP 302"):
        await failed(bank, call.key, failure)
        await as_owner(bank, "UPDATE webhooks SET due_at = clock_timestamp() WHERE delivered_at IS NULL")
    (row,) = await ended(bank, call.key)
    assert (row["tries"], row["failure"], row["given_up_at"]) == (3, None, None)
    assert len({message.headers["webhook-id"] for message in receiver.received}) == 1
    assert all(believed(secret, message) for message in receiver.received)
    assert {message.path for message in receiver.received} == {"/webhooks"}  # the redirect was not followed


async def test_a_receiver_that_never_ends_its_answer_is_not_listened_to(bank: RunningBank, receiver: Receiver) -> None:
    async def endless(request: Request) -> Response:
        async def noise() -> AsyncIterator[bytes]:
            for _ in range(1000):
                yield b" " * 1024 * 1024

        return StreamingResponse(noise())

    await register(bank, receiver.url)
    receiver.answers.append(endless)
    call = await confirmed(bank)
    await bank.behave(1, rule("accept"))
    assert (await raw(bank, call)).status_code == 202
    (row,) = await ended(bank, call.key)
    assert (row["tries"], row["failure"]) == (1, None)


async def test_a_silent_receiver_delays_no_other(bank: RunningBank, receiver: Receiver) -> None:
    let_go = asyncio.Event()

    async def silent(request: Request) -> Response:
        await let_go.wait()
        return Response(status_code=204)

    await register(bank, receiver.url)
    receiver.answers.append(silent)
    first, second = await confirmed(bank), await confirmed(bank)
    await bank.behave(1, rule("accept", times=2))
    assert (await raw(bank, first)).status_code == 202
    await receiver.have(1)
    assert (await raw(bank, second)).status_code == 202
    assert (await receiver.have(2))[1].data["key"] == second.key
    let_go.set()


async def test_a_silent_receiver_is_listened_to_for_a_bounded_time(
    databases: Databases, mailbox: Mailbox, receiver: Receiver
) -> None:
    let_go = asyncio.Event()

    async def silent(request: Request) -> Response:
        await let_go.wait()
        return Response(status_code=204)

    receiver.always = silent
    async with fresh_bank(databases, mailbox, webhook_timeout_s=0.3) as bank:
        await register(bank, receiver.url)
        call = await confirmed(bank)
        await bank.behave(1, rule("accept"))
        assert (await raw(bank, call)).status_code == 202
        await failed(bank, call.key, "TimeoutError")
        let_go.set()


async def test_after_a_day_a_webhook_is_given_up(bank: RunningBank) -> None:
    await register(bank, "http://127.0.0.1:9/nobody")
    call = await confirmed(bank)
    await bank.behave(1, rule("accept"))
    await raw(bank, call)
    await failed(bank, call.key, "ConnectError")
    await as_owner(
        bank, "UPDATE webhooks SET due_at = clock_timestamp(), created_at = created_at - interval '25 hours'"
    )
    (row,) = await ended(bank, call.key)
    assert row["given_up_at"] is not None
    await held_once(bank, call)


def test_a_failed_webhook_is_tried_again_later_and_later() -> None:
    assert [backoff_s(tries) for tries in (1, 2, 3, 9, 10, 500)] == [1, 2, 4, 256, 300, 300]
