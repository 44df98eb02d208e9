"""Addresses for webhooks: who may register them, and their secrets."""

from __future__ import annotations

from datetime import datetime

import httpx
from sqlalchemy import text

from bank.client import Call, Operation
from bank.service.requests.keys import create_api_key
from devstack.mailbox import Mailbox
from tests.bank.outbox import believed, ended, failed, register
from tests.bank.test_behaviour import confirmed
from tests.bank.test_behaviour_rules import raw, rule
from tests.fixtures.bank import RunningBank, fresh_bank
from tests.fixtures.databases import Databases
from tests.fixtures.receiver import Receiver, answers


async def test_gone_ends_the_address_until_it_is_registered_again(bank: RunningBank, receiver: Receiver) -> None:
    await register(bank, receiver.url)
    receiver.answers.append(answers(410))
    first, second, third = [await confirmed(bank) for _ in range(3)]
    await bank.behave(1, rule("accept", times=3))
    await raw(bank, first)
    (row,) = await ended(bank, first.key)
    assert (row["failure"], row["given_up_at"] is not None) == ("HTTP 410", True)
    assert (await bank.shop.get("/webhook-endpoint")).json()["gone"] is True
    await raw(bank, second)
    (row,) = await ended(bank, second.key)
    assert row["failure"] == "no address"
    await register(bank, receiver.url)
    await raw(bank, third)
    assert (await receiver.have(2))[1].data["key"] == third.key


async def test_a_marketplace_gets_webhooks_only_for_its_own_answers(bank: RunningBank, receiver: Receiver) -> None:
    other = await create_api_key(bank.database, "other", ["payments"], pepper=bank.settings.pepper_bytes)
    answer = await bank.shop.put(
        "/webhook-endpoint", json={"url": receiver.url}, headers={"Authorization": f"Bearer {other}"}
    )
    assert answer.status_code == 200
    call = await confirmed(bank)
    await bank.behave(1, rule("accept"))
    await raw(bank, call)
    (row,) = await ended(bank, call.key)
    assert row["failure"] == "no address"
    assert receiver.received == []
    assert (await bank.shop.get("/webhook-endpoint")).json()["code"] == "no_webhook_endpoint"


async def test_the_secret_is_shown_once_sealed_at_rest_and_replaced_by_registering_again(
    bank: RunningBank, receiver: Receiver
) -> None:
    first = await register(bank, receiver.url)
    shown = (await bank.shop.get("/webhook-endpoint")).json()
    assert shown.keys() == {"url", "registered_at", "gone"}
    assert datetime.fromisoformat(shown["registered_at"]).tzinfo is not None
    async with bank.database.transaction() as session:
        stored = str((await session.execute(text("SELECT * FROM webhook_endpoints"))).all())
    assert first not in stored
    second = await register(bank, receiver.url)
    call: Call[Operation] = await confirmed(bank)
    await bank.behave(1, rule("accept"))
    await raw(bank, call)
    (message,) = await receiver.have(1)
    assert (believed(first, message), believed(second, message)) == (False, True)


async def test_an_address_that_is_not_https_to_a_plain_host_is_refused(bank: RunningBank) -> None:
    for url in (
        "http://shop.example/webhooks",
        "http://localhost/webhooks",
        "http://[::1]/webhooks",
        "https://localhost/webhooks",
        "https://10.0.0.1/webhooks",
        "https://[::1]/webhooks",
        "ftp://shop.example/",
        "https://user:secret@shop.example/",
        "https://",
        "https://shop.example/#here",
        "https://shop.example:99999/",
        "//shop.example/",
        "https://shop.example/ x",
        "https://" + "a" * 1000,
        "javascript:alert(1)",
    ):
        answer = await bank.shop.put("/webhook-endpoint", json={"url": url})
        assert (answer.status_code, answer.json()["field"]) == (422, "url"), url
    assert (await bank.shop.get("/webhook-endpoint")).status_code == 404


async def test_an_address_that_leads_inside_is_not_called(databases: Databases, mailbox: Mailbox) -> None:
    async with fresh_bank(databases, mailbox, webhook_hosts="") as running:
        await register(running, "https://shop.example/webhooks")
        async with running.database.transaction() as session:  # as if the name led inside by now
            await session.execute(text("UPDATE webhook_endpoints SET url = 'https://127.0.0.1:8443/webhooks'"))
        call = await confirmed(running)
        await running.behave(1, rule("accept"))
        assert (await raw(running, call)).status_code == 202
        await failed(running, call.key, "not a public address")


async def test_only_a_marketplace_registers_an_address(bank: RunningBank, receiver: Receiver) -> None:
    assert (await bank.admin.put("/webhook-endpoint", json={"url": receiver.url})).status_code == 403
    async with httpx.AsyncClient() as nobody:
        assert (await nobody.put(f"{bank.url}/api/v1/webhook-endpoint", json={"url": receiver.url})).status_code == 401
