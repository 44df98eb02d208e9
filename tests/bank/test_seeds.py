"""A seeded world is the same for the same seed, planted once per key, and its books balance."""

from __future__ import annotations

from typing import Any

from devstack.mailbox import Mailbox
from tests.fixtures.bank import BANKS, RunningBank, migrate_and_seed, running_bank
from tests.fixtures.databases import Databases

WORLD = {"banks": 3, "clients": 4, "accounts_per_client": 2, "seed": 42, "opening_balance": "12.34"}


async def planted(databases: Databases, mailbox: Mailbox, seed: int) -> list[Any]:
    """All accounts of a bank that another seed was planted in, without the moments of their opening."""
    async with (
        databases.fresh("seeded_bank", migrate_and_seed) as database,
        running_bank(database, mailbox) as running,
    ):
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


async def test_a_world_that_is_too_large_is_refused(bank: RunningBank) -> None:
    body = {"banks": 100, "clients": 1000, "accounts_per_client": 100}
    answer = await bank.admin.post("/seeds", json=body, headers={"Idempotency-Key": bank.key()})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_accounts")
