"""A bank that misbehaves: slow, or losing its answers after the work was done."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bank.client import BankClient, Call, Done, KeyUnknown, Operation, Unknown, debit
from bank.service.faults.accounts import ENDINGS
from devstack.mailbox import Mailbox
from domain.money import Money
from tests.fixtures.bank import RunningBank, done, fresh_bank, migrate_and_seed, running_bank, serving
from tests.fixtures.databases import Databases
from tests.fixtures.patience import PATIENCE_S, until

AMOUNT = Money(10_000, "RUB")


async def confirmed(bank: RunningBank) -> Call[Operation]:
    """The debit of a payment whose code is known."""
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    code = await bank.code(operation)
    return debit(bank.key("debit"), operation.key, code, datetime.now(UTC), amount=AMOUNT)


SLOW_S = 8.0  # long enough for three questions on a busy machine
SOON_S = 60  # far below the hour that was to be waited for


async def _answered(bank: RunningBank, call: Call[Operation]) -> object:
    """What the bank has answered to the call, once it has come to that."""
    return await until(lambda: bank.client.ask(call), lambda seen: not isinstance(seen, KeyUnknown))


async def journal(bank: RunningBank, key: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = (await bank.get("/requests", key=key))["items"]
    return items


async def test_nothing_is_known_of_a_slow_request_until_its_work_is_done(bank: RunningBank) -> None:
    call = await confirmed(bank)
    await bank.behave(1, slow_s=SLOW_S, steps=("debit",))
    started = asyncio.get_running_loop().time()
    sending = asyncio.create_task(bank.client.send(call))
    await until(lambda: journal(bank, call.key), bool)
    assert await bank.client.ask(call) == KeyUnknown()
    assert await bank.client.send(call) == Unknown("HTTP 409 request_in_progress")
    # The client is gone; the work continues.
    sending.cancel()
    assert done(await _answered(bank, call)).status == "pause"
    assert asyncio.get_running_loop().time() - started >= SLOW_S
    assert await bank.violations() == []


async def test_the_journal_times_by_the_databases_clock_how_long_the_bank_took(bank: RunningBank) -> None:
    call = await confirmed(bank)
    await bank.behave(1, slow_s=0.4)
    done(await bank.client.send(call))
    (row,) = await journal(bank, call.key)
    took = datetime.fromisoformat(str(row["answered_at"])) - datetime.fromisoformat(str(row["received_at"]))
    assert timedelta(seconds=0.4) <= took < timedelta(minutes=2)


async def test_only_the_named_steps_of_the_named_bank_misbehave(bank: RunningBank) -> None:
    await bank.behave(1, {"do": "busy", "steps": ["capture", "void"]}, lose_replies=5, steps=("capture",))
    await bank.behave(2, {"do": "busy", "steps": []}, lose_replies=5)
    assert isinstance(await bank.client.send(await confirmed(bank)), Done)
    shown = await bank.get("/banks/1/behaviour")
    assert (shown["slow_s"], shown["lose_replies"], shown["steps"]) == (0.0, 5, ["capture"])


async def test_refusals_are_journalled_and_can_be_lost_too(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    call = debit(bank.key(), operation.key, "0000-0000", datetime.now(UTC))
    impatient = BankClient(bank.url, bank.payments_key, timeout_s=2.0)
    await bank.behave(1, lose_replies=1)
    assert await impatient.send(call) == Unknown("time-out")
    refused = await _answered(bank, call)
    assert getattr(refused, "code", None) == "code_rejected"
    await bank.client.send(call)
    assert [row["status"] for row in await journal(bank, call.key)] == [None, 409]
    await impatient.aclose()


async def test_a_restart_neither_waits_for_slow_requests_nor_forgets_the_behaviour(
    databases: Databases, mailbox: Mailbox
) -> None:
    async with databases.fresh("seeded_bank", migrate_and_seed) as database:
        async with running_bank(database, mailbox) as running:
            call = await confirmed(running)
            await running.behave(1, slow_s=3600, steps=("debit",))
            waiting = asyncio.create_task(running.client.send(call))
            await until(lambda: journal(running, call.key), bool)
            settings, key, admin_key = running.settings, running.payments_key, running.admin_key
            stopped = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - stopped < SOON_S
        assert isinstance(await waiting, Unknown)
        async with serving(settings) as url:
            patient, impatient, admin = (
                BankClient(url, key, timeout_s=PATIENCE_S),
                BankClient(url, key, timeout_s=0.3),
                BankClient(url, admin_key, timeout_s=PATIENCE_S),
            )
            assert await patient.ask(call) == KeyUnknown()
            assert await impatient.send(call) == Unknown("time-out")
            for client in (patient, impatient, admin):
                await client.aclose()


async def test_where_faults_are_off_no_bank_misbehaves_despite_earlier_rules(
    databases: Databases, mailbox: Mailbox
) -> None:
    lie = {"do": "wrong_amount", "stored": "lie", "steps": ["open"], "times": None}
    late = {"do": "accept", "webhook": "never", "withhold_s": 3600, "steps": ["code"], "times": None}
    async with databases.fresh("seeded_bank", migrate_and_seed) as database:
        async with running_bank(database, mailbox) as running:
            [_, _, closed, *_] = (await running.post("/test-accounts", {"email": "tester@example.test"}))["items"]
            await running.behave(1, lie, late, {"do": "busy", "steps": ["debit", "ask"]}, slow_s=3600, lose_replies=100)
        async with running_bank(database, mailbox, faults=False) as running:
            call = await confirmed(running)
            held = done(await running.client.send(call))
            assert done(await running.client.ask(call)) == held
            assert (held.status, held.amount) == ("pause", AMOUNT)
            assert [row["status"] for row in await journal(running, call.key)] == [200]
            tester = next(party for party in running.parties if party.number == closed["number"])
            assert closed["name"] == "closed_at_debit"
            assert (await running.held(tester, running.parties[-1], AMOUNT)).status == "pause"
            for answer in (
                await running.admin.get("/banks/1/behaviour"),
                await running.admin.put("/banks/1/behaviour", json={}),
                await running.admin.post("/test-accounts", json={}, headers={"Idempotency-Key": running.key()}),
            ):
                assert (answer.status_code, answer.json()["code"]) == (404, "faults_off")
            assert (await running.shop.get("/banks/1/behaviour")).status_code == 403
            assert await running.violations() == []


async def test_test_accounts_are_opened_once_at_each_bank_and_at_later_ones_too(bank: RunningBank) -> None:
    numbers = [row["number"] for row in (await bank.post("/test-accounts", {}))["items"]]
    assert numbers == [f"{bank_id:03d}{ending}" for bank_id in (1, 2, 3) for ending in ENDINGS]
    await bank.post("/banks", {"name": "Late Bank", "requisite": "044525990", "currency": "USD"})
    again = [row["number"] for row in (await bank.post("/test-accounts", {}))["items"]]
    assert again == [*numbers, *(f"004{ending}" for ending in ENDINGS)]
    late = await bank.get(f"/accounts/{again[-1]}")
    assert (late["balance"], late["currency"]) == ("1000000.00", "USD")
    assert await bank.violations() == []


async def test_silence_ends_when_the_program_stops(databases: Databases, mailbox: Mailbox) -> None:
    async with fresh_bank(databases, mailbox, timeout_s=3600) as running:
        call = await confirmed(running)
        await running.behave(1, lose_replies=1, steps=("debit",))
        waiting = asyncio.create_task(running.client.send(call))
        await until(lambda: running.client.ask(call), lambda seen: isinstance(seen, Done))
        stopped = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - stopped < SOON_S
    await waiting
