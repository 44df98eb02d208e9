"""Clients who move: where their codes go, and that codes sent to the old address become invalid."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from sqlalchemy import text

from bank.client import debit, request_code
from bank.service.acts.clients import move_client
from devstack.mailbox import Mailbox
from domain.money import Money
from tests.bank.test_channels import PHONE, bank_with_gateway, confirm, payer_with_phone
from tests.fixtures.bank import RunningBank, done, read_code, refused
from tests.fixtures.databases import Databases
from tests.fixtures.patience import until

AMOUNT = Money(10_000, "RUB")


async def test_a_client_who_moves_gets_the_next_code_there_and_the_one_that_went_to_the_old_number_is_dead(
    databases: Databases, mailbox: Mailbox
) -> None:
    async with bank_with_gateway(databases, mailbox, code_pause_s=0) as (bank, gateway):
        payer, payee = await payer_with_phone(bank), bank.parties[2]
        owner = (await bank.get(f"/accounts/{payer.number}"))["owner"]["id"]
        operation = await bank.open(payer, payee, AMOUNT)
        done(await bank.client.send(request_code(bank.key(), operation.key)))
        [old] = await gateway.requests(1)

        contact = {"email": "moved@phone.test", "phone": "+79167654321", "language": "ru"}
        moved = await bank.admin.put(f"/clients/{owner}/contact", json=contact)
        assert moved.json() == {"id": owner, "name": payer.name, **contact}
        assert await bank.get(f"/clients/{owner}") == moved.json()
        typed = read_code(old.message["text"])
        answer = await bank.client.send(debit(bank.key(), operation.key, typed, datetime.now(UTC)))
        assert refused(answer) == "code_rejected"

        done(await bank.client.send(request_code(bank.key(), operation.key)))
        new = (await gateway.requests(2))[1]
        assert (old.message["to"], new.message["to"]) == (PHONE, "+79167654321")
        assert old.message["text"].startswith("Pay ") and new.message["text"].startswith("Оплата ")
        assert await confirm(bank, operation, read_code(new.message["text"])) == "pause"
        assert await bank.violations() == []


async def test_a_client_whose_address_does_not_change_keeps_the_code(bank: RunningBank) -> None:
    payer = await payer_with_phone(bank)
    owner = (await bank.get(f"/accounts/{payer.number}"))["owner"]["id"]
    operation = await bank.open(payer, bank.parties[2], AMOUNT)
    code = await bank.code(operation)
    contact = {"email": payer.email, "phone": PHONE, "language": "ru"}
    same = await bank.admin.put(f"/clients/{owner}/contact", json=contact)
    assert same.is_success, same.text
    assert await confirm(bank, operation, code) == "pause"


async def test_a_contact_that_cannot_be_is_refused_by_name(bank: RunningBank) -> None:
    for client, contact, *expected in (
        (999_999, {"email": "x@phone.test"}, 404, "unknown_client", None),
        (1, {"email": "nobody"}, 422, "invalid_field", "email"),
        (1, {"email": "x@phone.test", "phone": "+71"}, 422, "invalid_field", "phone"),
        (1, {"email": "x@phone.test", "language": "de"}, 422, "invalid_field", "language"),
        (1, {"phone": PHONE}, 422, "missing_field", "email"),
    ):
        answer = await bank.admin.put(f"/clients/{client}/contact", json=contact)
        problem = answer.json()
        assert [answer.status_code, problem["code"], problem.get("field")] == expected


async def test_a_code_that_is_made_while_its_owner_moves_goes_to_the_new_address(bank: RunningBank) -> None:
    payer = bank.parties[0]
    owner = (await bank.get(f"/accounts/{payer.number}"))["owner"]["id"]
    operation = await bank.open(payer, bank.parties[2], AMOUNT)
    new = f"{bank.key('moved').replace('/', '-')}@example.test"
    after = bank.mailbox.last_id

    async def claimed() -> int | None:
        async with bank.database.transaction() as watching:
            return await watching.scalar(
                text(
                    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted"
                    " AND datname = current_database()"
                )
            )

    async with bank.database.transaction() as session:
        await move_client(session, owner, new, None, "en", "administrator")
        asking = asyncio.create_task(bank.client.send(request_code(bank.key(), operation.key)))
        await until(claimed, bool)  # the message, for its owner
    done(await asking)
    code = read_code((await bank.mailbox.wait_for(to=new, after=after)).text)
    assert bank.mailbox.mails(to=payer.email, after=after) == []
    assert await confirm(bank, operation, code) == "pause"
    assert await bank.violations() == []


async def test_who_moved_a_client_is_on_record_and_the_program_cannot_forget_it(bank: RunningBank) -> None:
    owner = (await bank.get(f"/accounts/{bank.parties[0].number}"))["owner"]["id"]
    for email in ("here@example.test", "here@example.test", "there@example.test"):
        assert (await bank.admin.put(f"/clients/{owner}/contact", json={"email": email})).is_success
    async with bank.database.transaction() as session:
        moves = (await session.execute(text("SELECT client_id, moved_by FROM client_moves"))).all()
        allowed = await session.scalar(text("SELECT has_table_privilege('client_moves', 'UPDATE, DELETE, TRUNCATE')"))
    assert [tuple(move) for move in moves] == [(owner, "administrator")] * 2
    assert allowed is False
