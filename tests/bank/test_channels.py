"""How a code reaches its owner: by phone where there is one and a gateway is set, else by mail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from bank.client import Operation, debit, request_code
from bank.service.settings import BankSettings
from devstack.mailbox import Mailbox
from domain.money import Money
from tests.fixtures.bank import Party, RunningBank, done, fresh_bank, read_code
from tests.fixtures.databases import Databases
from tests.fixtures.logs import Logged
from tests.fixtures.patience import until
from tests.fixtures.sms import TOKEN, Gateway, sms_gateway
from tests.fixtures.viewer import viewer

AMOUNT = Money(10_000, "RUB")
PHONE = "+79161234567"


@asynccontextmanager
async def bank_with_gateway(
    databases: Databases, mailbox: Mailbox, **settings: Any
) -> AsyncIterator[tuple[RunningBank, Gateway]]:
    async with (
        sms_gateway() as gateway,
        fresh_bank(
            databases, mailbox, sms_url=gateway.url, sms_token=TOKEN, sms_sender="Holdfast", **settings
        ) as running,
    ):
        yield running, gateway


async def payer_with_phone(bank: RunningBank, phone: str | None = PHONE) -> Party:
    """A client of bank 1 with 1,000.00 RUB."""
    client = await bank.post(
        "/clients", {"name": "Anna", "email": f"{bank.key('a').replace('/', '-')}@phone.test", "phone": phone}
    )
    account = await bank.post("/accounts", {"bank_id": 1, "client_id": client["id"], "currency": "RUB"})
    await bank.post(f"/accounts/{account['number']}/deposits", {"amount": "1000.00", "currency": "RUB"})
    party = Party(account["number"], 1, client["name"], client["email"])
    bank.parties.append(party)
    return party


async def confirm(bank: RunningBank, operation: Operation, code: str) -> str:
    return str(done(await bank.client.send(debit(bank.key(), operation.key, code, datetime.now(UTC)))).status)


async def outbox(bank: RunningBank) -> tuple[str, bool, bool]:
    """Channel of the newest message, whether it was accepted, and whether its code is still kept."""
    async with bank.database.transaction() as session:
        row = (
            await session.execute(
                text("SELECT channel, delivered_at, sealed FROM code_messages ORDER BY code_id DESC LIMIT 1")
            )
        ).one()
    return row.channel, row.delivered_at is not None, row.sealed is not None


@pytest.mark.source("bank client:7-8", "discussion:123")
async def test_a_client_with_a_phone_gets_amount_fee_payee_and_code_by_it_and_no_mail(
    databases: Databases, mailbox: Mailbox
) -> None:
    async with bank_with_gateway(databases, mailbox) as (bank, gateway):
        payer, payee = await payer_with_phone(bank), bank.parties[2]
        operation = await bank.open(payer, payee, AMOUNT)
        after = mailbox.last_id
        done(await bank.client.send(request_code(bank.key(), operation.key)))
        [received] = await gateway.requests(1)
        assert received.authorization == f"Bearer {TOKEN}"
        assert set(received.message) == {"to", "text", "sender"}
        assert (received.message["to"], received.message["sender"]) == (PHONE, "Holdfast")
        said = received.message["text"]
        for shown in (str(AMOUNT), str(operation.fee), str(AMOUNT + operation.fee), payee.number, payee.name):
            assert shown in said
        assert await confirm(bank, operation, read_code(said)) == "pause"
        assert await until(lambda: outbox(bank), lambda seen: seen[1]) == ("phone", True, False)
        assert mailbox.mails(to=payer.email, after=after) == []
        assert await bank.violations() == []


async def test_a_client_without_a_phone_gets_a_mail_though_there_is_a_gateway(
    databases: Databases, mailbox: Mailbox
) -> None:
    async with bank_with_gateway(databases, mailbox) as (bank, gateway):
        operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
        assert await confirm(bank, operation, await bank.code(operation)) == "pause"
        assert gateway.received == []


async def test_without_a_gateway_a_client_with_a_phone_gets_a_mail(bank: RunningBank) -> None:
    operation = await bank.open(await payer_with_phone(bank), bank.parties[2], AMOUNT)
    assert await confirm(bank, operation, await bank.code(operation)) == "pause"
    assert (await outbox(bank))[0] == "email"


async def test_what_the_gateway_finally_refuses_goes_by_mail_and_no_redirect_is_followed(
    databases: Databases, mailbox: Mailbox
) -> None:
    statuses = [400, 401, 404, 410, 422, 301, 307, 308]
    async with bank_with_gateway(databases, mailbox) as (bank, gateway):
        for status in statuses:
            gateway.answer_next(status)
            operation = await bank.open(await payer_with_phone(bank), bank.parties[2], AMOUNT)
            assert await confirm(bank, operation, await bank.code(operation)) == "pause", status
            assert await until(lambda: outbox(bank), lambda seen: seen[1]) == ("email", True, False), status
        assert [received.status for received in gateway.received] == statuses
        assert (gateway.sent, gateway.strangers) == ([], [])


async def test_a_mail_that_fails_after_the_phone_refused_does_not_ask_the_phone_again(
    databases: Databases, mailbox: Mailbox
) -> None:
    async with bank_with_gateway(databases, mailbox) as (bank, gateway):
        gateway.answer_next(422)
        mailbox.refuse_next(1)
        operation = await bank.open(await payer_with_phone(bank), bank.parties[2], AMOUNT)
        assert await confirm(bank, operation, await bank.code(operation)) == "pause"
        assert len(gateway.received) == 1


@pytest.mark.parametrize(("failures", "timeout_s"), [((500, 503, 429, 408), 15), ((0,), 0.3)], ids=["said", "silent"])
async def test_a_failure_of_the_moment_is_tried_again_with_the_same_id_and_reaches_the_phone_once(
    databases: Databases, mailbox: Mailbox, failures: tuple[int, ...], timeout_s: float
) -> None:
    async with bank_with_gateway(databases, mailbox, sms_timeout_s=timeout_s) as (bank, gateway):
        gateway.answer_next(*failures)
        after, payers = mailbox.last_id, [await payer_with_phone(bank) for _ in failures]
        amounts = [Money(AMOUNT.minor + number, AMOUNT.currency) for number, _ in enumerate(failures)]
        operations = {
            str(amount): await bank.open(payer, bank.parties[2], amount)
            for payer, amount in zip(payers, amounts, strict=True)
        }
        for operation in operations.values():
            done(await bank.client.send(request_code(bank.key(), operation.key)))
        received = await gateway.requests(2 * len(failures))
        assert sorted(one.status for one in received) == sorted([*failures, *(202 for _ in failures)])
        for one in received:
            again = [other for other in received if other.key == one.key]
            assert (len(one.key), again[-1].status) == (36, 202)
            assert all(other.message == one.message for other in again)
        assert len(gateway.sent) == len(failures)
        for message in gateway.sent:
            [operation] = [found for amount, found in operations.items() if amount in message["text"]]
            assert await confirm(bank, operation, read_code(message["text"])) == "pause"
        assert [mail for payer in payers for mail in mailbox.mails(to=payer.email, after=after)] == []


async def test_two_codes_have_two_ids(databases: Databases, mailbox: Mailbox) -> None:
    async with bank_with_gateway(databases, mailbox) as (bank, gateway):
        operation = await bank.open(await payer_with_phone(bank), bank.parties[2], AMOUNT)
        for _ in range(2):
            done(await bank.client.send(request_code(bank.key(), operation.key)))
        first, second = await gateway.requests(2)
        assert first.key != second.key
        assert len(gateway.sent) == 2


async def test_a_gateway_that_is_not_there_leaves_the_code_in_the_outbox(
    databases: Databases, mailbox: Mailbox, unused_tcp_port: int
) -> None:
    nobody = f"http://127.0.0.1:{unused_tcp_port}/messages"
    async with fresh_bank(databases, mailbox, sms_url=nobody, sms_token=TOKEN) as bank:
        operation = await bank.open(await payer_with_phone(bank), bank.parties[2], AMOUNT)
        done(await bank.client.send(request_code(bank.key(), operation.key)))
        assert await until(lambda: outbox(bank), lambda seen: seen[0] is not None) == ("phone", False, True)


async def test_the_owner_is_also_asked_by_phone_for_the_balance(databases: Databases, mailbox: Mailbox) -> None:
    async with bank_with_gateway(databases, mailbox) as (bank, gateway):
        owner = await payer_with_phone(bank)
        async with viewer(bank, "The Shop") as seeing:
            assert (await seeing.ask(owner.number)).status_code == 201
            [received] = await gateway.requests(1)
            said = received.message["text"]
            assert "The Shop" in said
            assert owner.number in said
            token = (await seeing.exchange(owner.number, read_code(said))).json()["token"]
            assert (await seeing.balance(owner.number, token)).json()["balance"] == "1000.00"


async def test_neither_code_nor_phone_nor_the_gateways_token_is_in_a_log(
    databases: Databases, mailbox: Mailbox, logged: Logged
) -> None:
    async with bank_with_gateway(databases, mailbox) as (bank, gateway):
        gateway.answer_next(500, 422)
        operation = await bank.open(await payer_with_phone(bank), bank.parties[2], AMOUNT)
        code = await bank.code(operation)
        assert await confirm(bank, operation, code) == "pause"
        assert [received.status for received in gateway.received] == [500, 422]
    assert [(line["channel"], line["reason"]) for line in logged.of("message_refused")] == [
        ("phone", "HTTP 500"),
        ("phone", "HTTP 422"),
    ]
    for secret in (code, code.replace("-", ""), PHONE, TOKEN):
        assert secret not in logged.getvalue()


async def test_a_phone_number_is_possible_and_in_e164(bank: RunningBank) -> None:
    async def answer(phone: str) -> int:
        body = {"name": "X", "email": "x@phone.test", "phone": phone}
        return (await bank.admin.post("/clients", json=body, headers={"Idempotency-Key": bank.key()})).status_code

    for right in (PHONE, "+4915112345678", "+12025550123"):
        assert await answer(right) == 201, right
    for wrong in (
        "89161234567",
        "+7 916 123-45-67",
        "+7916123456",
        "+999123456789",
        "+7916123456789012",
        "",
        "+",
        "+٧٩١٦",
    ):
        assert await answer(wrong) == 422, wrong


def test_a_gateway_needs_a_token_and_an_address_that_keeps_it_secret() -> None:
    common: dict[str, Any] = {"database_url": "x", "pepper": "0123456789abcdef", "smtp_url": "smtp://127.0.0.1"}
    assert BankSettings(**common, sms_url="https://sms.example.test/messages", sms_token=TOKEN).sms_url
    for url, token in (
        ("https://sms.example.test/messages", None),
        ("http://sms.example.test/messages", TOKEN),
        ("http://127.0.0.1.example.test/", TOKEN),
        ("ftp://127.0.0.1/", TOKEN),
        ("https://", TOKEN),
    ):
        with pytest.raises(ValidationError):
            BankSettings(**common, sms_url=url, sms_token=token)
