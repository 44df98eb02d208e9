"""A seeded world is the same for the same seed, planted once per key, and its books balance."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import bank.service
from bank.service.acts.seeds import plant
from bank.service.rules.accounts import account_number, account_numbers
from devstack.mailbox import Mailbox
from domain.money import Money, parse_money
from edge.database import Database
from tests.fixtures.bank import BANKS, RunningBank, fresh_bank
from tests.fixtures.databases import Databases

WORLD = {"banks": 3, "clients": 4, "accounts_per_client": 2, "seed": 42, "opening_balance": "12.34"}


async def planted(databases: Databases, mailbox: Mailbox, seed: int) -> list[Any]:
    """All accounts of a bank that another seed was planted in, without the moments of their opening."""
    async with fresh_bank(databases, mailbox) as running:
        await running.post("/seeds", WORLD | {"seed": seed})
        items = (await running.get("/accounts", limit=1000))["items"]
        fees = (await running.get("/fees"))["items"]
        names = (await running.get("/banks"))["items"]
    for item in items:
        del item["created_at"]
    for fee in fees:
        del fee["changed_at"]
    return [items, fees, names]


async def test_the_same_seed_makes_the_same_world(databases: Databases, mailbox: Mailbox) -> None:
    first = await planted(databases, mailbox, 42)
    assert await planted(databases, mailbox, 42) == first
    assert await planted(databases, mailbox, 43) != first


async def test_the_digest_shows_whether_two_worlds_are_the_same(databases: Databases) -> None:
    worlds = [WORLD, WORLD | {"seed": 43}, WORLD | {"opening_balance": "12.35"}, WORLD | {"clients": 5}]
    digests = [await _digest(databases, world) for world in worlds]
    assert len(set(digests)) == 4
    assert await _digest(databases, WORLD, seeds_before=2) == digests[0], "crashes half-way leave nothing behind"


async def _digest(databases: Databases, world: dict[str, Any], seeds_before: int = 0) -> str:
    """Of a world in an empty bank, after so many tries that did not come to their commit."""
    opening = parse_money(world["opening_balance"], "RUB")
    async with databases.fresh("bank", bank.service.migrate) as stored:
        database = Database(stored.url, pool_size=1)
        try:
            for _ in range(seeds_before):
                async with database.engine.connect() as connection:
                    session = AsyncSession(bind=connection)
                    await plant(session, 3, world["clients"], 2, world["seed"], opening)
                    await connection.rollback()
            async with database.transaction() as session:
                return (await plant(session, 3, world["clients"], 2, world["seed"], opening)).digest
        finally:
            await database.close()


async def test_a_seed_is_planted_once_per_key_and_audited(bank: RunningBank) -> None:
    planted_once = await bank.post("/seeds", WORLD, key="world")
    assert await bank.post("/seeds", WORLD, key="world") == planted_once
    assert planted_once["bank_ids"] == [BANKS + 1, BANKS + 2, BANKS + 3]
    assert (planted_once["clients"], planted_once["accounts"], planted_once["fees"]) == (12, 24, 6)
    items = (await bank.get("/accounts", bank_id=BANKS + 1))["items"]
    owned = [item for item in items if item["kind"] == "client"]
    assert {item["kind"] for item in items} == {"client", "commission", "guarantee"}
    assert {item["owner"]["email"] for item in owned} == {
        f"client-{BANKS + 1:03d}-{n:04d}@example.test" for n in range(1, 5)
    }
    assert await bank.balance(owned[0]["number"]) == ("12.34", "0.00")
    assert await bank.violations() == []


async def test_a_key_is_busy_while_its_world_is_created_and_a_disconnected_caller_finds_the_answer(
    bank: RunningBank,
) -> None:
    body = {"banks": 4, "clients": 50, "accounts_per_client": 20, "seed": 9}
    goes_away = httpx.Timeout(60, read=0.1)
    async with httpx.AsyncClient(
        base_url=bank.admin.base_url, headers=bank.admin.headers, timeout=goes_away
    ) as impatient:
        with pytest.raises(httpx.ReadTimeout):
            await impatient.post("/seeds", json=body, headers={"Idempotency-Key": "world"})
    codes = []
    while True:
        answer = await bank.admin.post("/seeds", json=body, headers={"Idempotency-Key": "world"})
        if answer.status_code == 201:
            break
        codes.append(answer.json()["code"])
    assert set(codes) == {"request_in_progress"}
    assert answer.json()["accounts"] == 4000
    assert [row["id"] for row in (await bank.get("/banks"))["items"]] == list(range(1, BANKS + 5))
    assert await bank.violations() == []


async def test_others_are_served_while_a_world_is_planted(bank: RunningBank) -> None:
    body = {"banks": 2, "clients": 50, "accounts_per_client": 20}
    planting = asyncio.create_task(bank.post("/seeds", body))
    served = 0
    while not planting.done():
        await bank.captured(bank.parties[0], bank.parties[1], Money(100, "RUB"))
        served += 1
    assert (await planting)["accounts"] == 2000
    assert served > 1


def test_a_number_that_is_taken_is_drawn_again() -> None:
    draws = iter([b"aaaaa", b"aaaaa", b"bbbbb", b"aaaaa", b"ccccc"])
    taken = {account_number(1, b"bbbbb")}
    drawn = account_numbers(1, 2, taken, lambda size: next(draws))
    assert drawn == [account_number(1, b"aaaaa"), account_number(1, b"ccccc")]
    assert taken == {account_number(1, b"bbbbb"), *drawn}


async def test_accounts_are_listed_page_by_page(bank: RunningBank) -> None:
    whole = (await bank.get("/accounts", limit=1000))["items"]
    pages: list[Any] = []
    query: dict[str, str | int] = {"limit": 5}
    while True:
        page = await bank.get("/accounts", **query)
        pages += page["items"]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert pages == whole


@pytest.mark.source("marketplace:157-164")
async def test_ten_banks_of_a_hundred_clients_and_a_client_with_a_hundred_accounts_are_planted(
    bank: RunningBank,
) -> None:
    world = await bank.post("/seeds", {"banks": 10, "clients": 100, "accounts_per_client": 1})
    assert (len(world["bank_ids"]), world["clients"], world["accounts"]) == (10, 1000, 1000)
    assert (await bank.post("/seeds", {"banks": 1, "clients": 1, "accounts_per_client": 100}))["accounts"] == 100
    body = {"banks": 1, "clients": 1, "accounts_per_client": 101}
    answer = await bank.admin.post("/seeds", json=body, headers={"Idempotency-Key": bank.key()})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")


async def test_a_world_that_is_too_large_is_refused(bank: RunningBank) -> None:
    body = {"banks": 100, "clients": 1000, "accounts_per_client": 100}
    answer = await bank.admin.post("/seeds", json=body, headers={"Idempotency-Key": bank.key()})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_accounts")


async def test_no_two_people_in_a_seeded_world_have_the_same_name(databases: Databases) -> None:
    async with databases.fresh("bank", bank.service.migrate) as stored:
        database = Database(stored.url, pool_size=1)
        async with database.transaction() as session:
            await plant(session, 2, 150, 1, 1, Money(100, "RUB"))
            names = list(await session.scalars(text("SELECT name FROM clients")))
        await database.close()
    assert len(names) == len(set(names)) == 300
