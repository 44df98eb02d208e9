"""The outbox of codes: a mail server that refuses, a program that dies, a code that is dead before it was sent."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from bank.client import debit, request_code, void
from devstack.mailbox import Mailbox
from domain.money import Money
from tests.fixtures.bank import RunningBank, done, migrate_and_seed, read_code, running_bank, serving
from tests.fixtures.databases import Databases
from tests.fixtures.patience import until
from tests.fixtures.refusing import refusing

AMOUNT = Money(10_000, "RUB")


async def test_a_mail_server_that_refuses_gets_the_mail_again(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    bank.mailbox.refuse_next(2)
    code = await bank.code(operation)
    assert done(await bank.client.send(debit(bank.key(), operation.key, code, datetime.now(UTC)))).status == "pause"


async def test_a_code_whose_mail_was_not_sent_before_the_program_died_is_sent_by_the_next(
    databases: Databases, mailbox: Mailbox, unused_tcp_port: int
) -> None:
    nobody = f"smtp://127.0.0.1:{unused_tcp_port}"
    async with databases.fresh("seeded_bank", migrate_and_seed) as database:
        async with running_bank(database, mailbox, smtp_url=nobody, mail_wait_s=0) as running:
            operation = await running.open(running.parties[0], running.parties[2], AMOUNT)
            after = mailbox.last_id
            done(await running.client.send(request_code(running.key(), operation.key)))
            settings = running.settings.model_copy(update={"smtp_url": mailbox.url})
            email = running.parties[0].email
        async with serving(settings):
            mail = await mailbox.wait_for(to=email, after=after, within_s=120)
    assert read_code(mail.text)


async def test_the_mail_of_a_dead_code_is_given_up_and_its_code_wiped(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    bank.mailbox.refuse_next(1000)

    async def still_sealed() -> int | None:
        async with bank.database.transaction() as session:
            return await session.scalar(text("SELECT count(*) FROM code_messages WHERE given_up_at IS NULL"))

    try:
        done(await bank.client.send(request_code(bank.key(), operation.key)))
        done(await bank.client.send(void(bank.key(), operation.key)))
        assert await until(still_sealed, lambda sealed: not sealed) == 0
    finally:
        bank.mailbox.refuse_next(0)


async def test_a_message_that_cannot_be_claimed_is_deferred_and_blocks_no_other(bank: RunningBank) -> None:
    async def rows(query: str) -> list[tuple[object, ...]]:
        async with bank.database.transaction() as session:
            return [tuple(row) for row in await session.execute(text(query))]

    broken, whole = [await bank.open(bank.parties[0], bank.parties[2], AMOUNT) for _ in range(2)]
    [(last,)] = await rows("SELECT coalesce(max(id), 0) FROM codes")
    after, email = bank.mailbox.last_id, bank.parties[0].email
    look = f"SELECT failure, due_at > now() + interval '20 seconds' FROM code_messages WHERE code_id = {last} + 1"
    async with refusing(bank.stored, "code_messages", f"NEW.tries > 0 AND NEW.code_id = {last} + 1"):
        done(await bank.client.send(request_code(bank.key(), broken.key)))
        assert await until(lambda: rows(look), lambda seen: seen == [("failed unexpectedly", True)])
        done(await bank.client.send(request_code(bank.key(), whole.key)))
        await bank.mailbox.wait_for(to=email, after=after)
    after = bank.mailbox.last_id
    async with bank.database.transaction() as session:
        await session.execute(text("UPDATE code_messages SET due_at = clock_timestamp() WHERE sealed IS NOT NULL"))
    mail = await bank.mailbox.wait_for(to=email, after=after, within_s=120)
    answer = await bank.client.send(debit(bank.key(), broken.key, read_code(mail.text), datetime.now(UTC)))
    assert done(answer).status == "pause"
