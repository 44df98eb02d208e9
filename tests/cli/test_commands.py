"""The command line as a process: what it makes works, and what keeps it from working is one line."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

import bank.service
import store
from bank.service.requests.keys import authenticate as authenticate_at_bank
from domain.roles import Scope
from edge.api_keys import prefix_of
from edge.database import Database
from releases import BUILD_ID
from store.people.api_keys import authenticate
from tests.fixtures.catalogue import by_owner
from tests.fixtures.commands import GONE, PEPPER, holdfast, market, without_ours
from tests.fixtures.databases import FreshDatabase, TestDatabase

ROOT = Path(__file__).resolve().parents[2]


async def owner_of(database: TestDatabase, secret: str) -> str:
    """Whose key it is; raises `Unauthenticated`."""
    opened = Database(database.url, pool_size=1)
    try:
        async with opened.transaction() as session:
            key = await authenticate(session, secret, PEPPER)
    finally:
        await opened.close()
    return str(key.marketplace_id or key.operator_id)


async def test_an_empty_database_is_migrated_and_gets_its_first_marketplace_and_operator(
    fresh_database: FreshDatabase,
) -> None:
    database = await fresh_database("empty", lambda owner_url, app_role: None)
    early = await holdfast("marketplace", "create", "Shop", **market(database))
    migrated = await holdfast("migrate", **market(database))
    shop = await holdfast("marketplace", "create", "Shop", **market(database))
    olga = await holdfast("operator", "create", "Olga", **market(database))
    assert (early.status, early.out, early.err) == (1, "", "holdfast: the database is not migrated")
    assert (migrated.status, shop.status, olga.status) == (0, 0, 0), migrated.err
    assert shop.out.startswith("hf_mp_") and olga.out.startswith("hf_op_")
    assert shop.err.startswith(f"marketplace {await owner_of(database, shop.out)}, Shop")
    assert olga.err.startswith(f"operator {await owner_of(database, olga.out)}, Olga")


async def test_it_says_which_build_it_is_as_a_worker_does() -> None:
    asked = await holdfast("--version")
    assert (asked.status, asked.out, asked.err) == (0, BUILD_ID, "")


async def test_databases_of_an_earlier_version_are_refused_in_one_line(fresh_database: FreshDatabase) -> None:
    market_database = await fresh_database("market", store.migrate)
    bank_database = await fresh_database("bank", bank.service.migrate)
    of_bank = {
        "HOLDFAST_BANK_DATABASE_URL": bank_database.url,
        "HOLDFAST_BANK_DATABASE_OWNER_URL": bank_database.owner_url,
        "HOLDFAST_BANK_PEPPER": "p" * 32,
        "HOLDFAST_BANK_SMTP_URL": "smtp://127.0.0.1:9",
    }
    for database in (market_database, bank_database):
        await by_owner(database.owner_url, "DROP TABLE ledger.schema_in_force")
    migrated = await holdfast("migrate", **market(market_database))
    migrated_at_bank = await holdfast("bank-migrate", **of_bank)
    program = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bank.service", "migrate"],
        cwd=ROOT,
        env=without_ours(dict(os.environ)) | of_bank,
        capture_output=True,
        text=True,
        check=False,
    )
    for status, err in (
        (migrated.status, migrated.err),
        (migrated_at_bank.status, migrated_at_bank.err),
        (program.returncode, program.stderr.strip().splitlines()[-1]),  # after what Alembic logs
    ):
        assert (status, len(err.splitlines())) == (1, 1), err
        assert "made by an earlier version of Holdfast" in err and "`holdfast up --fresh`" in err


async def test_keys_are_added_and_revoked(fresh_database: FreshDatabase) -> None:
    database = await fresh_database("market", store.migrate)
    first = await holdfast("marketplace", "create", "Shop", **market(database))
    owner = await owner_of(database, first.out)
    second = await holdfast("marketplace", "create", "--key-only", owner, "--expires-in-days", "30", **market(database))
    stranger = await holdfast("operator", "create", "--key-only", owner, **market(database))
    revoked = await holdfast("key", "revoke", prefix_of(first.out) or "", **market(database))
    again = await holdfast("key", "revoke", prefix_of(first.out) or "", **market(database))
    assert await owner_of(database, second.out) == owner
    assert (stranger.status, stranger.err) == (1, f"holdfast: There is nobody with the id {owner}.")
    assert (revoked.status, again.status) == (0, 1)
    with pytest.raises(Exception, match="bad_api_key"):
        await owner_of(database, first.out)


async def test_a_key_is_made_for_what_it_is_needed_for(fresh_database: FreshDatabase) -> None:
    database = await fresh_database("market", store.migrate)
    all_of_it = await holdfast("marketplace", "create", "Shop", **market(database))
    owner = await owner_of(database, all_of_it.out)
    some = ("--scope", "deals", "--scope", "users")
    bounded = await holdfast("marketplace", "create", "--key-only", owner, *some, **market(database))
    wrong = await holdfast("marketplace", "create", "Other", "--scope", "everything", **market(database))
    opened, scopes = Database(database.url, pool_size=1), []
    async with opened.transaction() as session:
        scopes = [set((await authenticate(session, key.out, PEPPER)).scopes) for key in (all_of_it, bounded)]
    await opened.close()
    assert scopes == [{scope.value for scope in Scope}, {"deals", "users"}]
    assert (wrong.status, "everything" in wrong.err) == (2, True)


async def test_the_bank_makes_keys_with_scopes(fresh_database: FreshDatabase) -> None:
    database = await fresh_database("empty", lambda owner_url, app_role: None)
    variables = {
        "HOLDFAST_BANK_DATABASE_URL": database.url,
        "HOLDFAST_BANK_DATABASE_OWNER_URL": database.owner_url,
        "HOLDFAST_BANK_PEPPER": PEPPER.decode(),
        "HOLDFAST_BANK_SMTP_URL": "smtp://127.0.0.1:9",
    }
    migrated = await holdfast("bank-migrate", **variables)
    made = await holdfast("bank-key", "create", "shop", "--scope", "payments", **variables)
    wrong = await holdfast("bank-key", "create", "shop", "--scope", "everything", **variables)
    second = await holdfast("bank-key", "create", "shop", "--scope", "balances", "--expires-in-days", "30", **variables)
    third = await holdfast("bank-key", "create", "shop", "--scope", "payments", **variables)
    revoked = await holdfast("bank-key", "revoke", prefix_of(second.out) or "", **variables)
    unknown = await holdfast("bank-key", "revoke", "000000000000", **variables)
    listed = await holdfast("bank-key", "list", **variables)
    opened = Database(database.url, pool_size=1)
    caller = await authenticate_at_bank(opened, made.out, PEPPER)
    await opened.close()
    assert (migrated.status, made.status, wrong.status) == (0, 0, 2), migrated.err
    assert (caller.name, set(caller.scopes)) == ("shop", {"payments"})
    assert len(wrong.err.splitlines()) == 1
    assert (third.status, third.err) == (1, "holdfast: shop has 2 live keys; revoke one first.")
    assert (second.status, revoked.status, unknown.status) == (0, 0, 1), unknown.err
    first_line, second_line = listed.out.splitlines()
    assert first_line == f"{prefix_of(made.out)}  shop  payments  no end"
    assert second_line.startswith(f"{prefix_of(second.out)}  shop  balances  revoked ")


async def test_a_world_is_created_at_the_bank_once_for_the_same_parameters(fresh_database: FreshDatabase) -> None:
    database = await fresh_database("bank", bank.service.migrate)
    variables = {
        "HOLDFAST_BANK_DATABASE_URL": database.url,
        "HOLDFAST_BANK_PEPPER": PEPPER.decode(),
        "HOLDFAST_BANK_SMTP_URL": "smtp://127.0.0.1:9",
    }
    options = ("--banks", "2", "--clients", "3", "--accounts", "4", "--seed", "7", "--balance", "10.00")
    first = await holdfast("bank-seed", *options, **variables)
    again = await holdfast("bank-seed", *options, **variables)
    malformed = await holdfast("bank-seed", "--balance", "1e3", **variables)
    assert (first.status, again.status, malformed.status) == (0, 0, 1), first.err
    assert first.err.startswith("24 accounts of 6 clients in the banks [1, 2]")
    assert len(first.out) == 64 and again == first
    assert len(malformed.err.splitlines()) == 1
    opened = Database(database.url, pool_size=1)
    async with opened.transaction() as session:
        sums = "SELECT count(*), sum(balance_minor) FROM ledger.accounts WHERE code LIKE 'account/%' AND version > 0"
        assert (await session.execute(text(sums))).one() == (24, 24_000)
    await opened.close()


async def test_missing_and_wrong_settings_are_named_and_never_shown() -> None:
    missing = await holdfast("redrive")
    wrong = await holdfast("redrive", **market(GONE, HOLDFAST_SEALING_KEYS="c2hvcnQ=", HOLDFAST_API_PORT="web"))
    assert (missing.status, wrong.status) == (2, 2)
    assert missing.err.startswith("holdfast: settings missing: HOLDFAST_DATABASE_URL, ")
    assert missing.err.rstrip().endswith("; or name a local stack with --stack")
    assert wrong.err == "holdfast: settings wrong: HOLDFAST_SEALING_KEYS, HOLDFAST_API_PORT"


async def test_a_program_that_others_can_reach_needs_its_trusted_proxies() -> None:
    open_to_all = market(GONE, HOLDFAST_API_HOST="0.0.0.0")
    unnamed = await holdfast("redrive", **open_to_all)
    wrong = await holdfast("redrive", **open_to_all, HOLDFAST_TRUSTED_PROXIES="*")
    shown = await holdfast("redrive", **open_to_all, HOLDFAST_TRUSTED_PROXIES="192.0.2.0/24, 2001:db8::1")
    assert (unnamed.status, wrong.status) == (2, 2)
    assert unnamed.err.startswith(
        "holdfast: settings HOLDFAST_TRUSTED_PROXIES is needed where others than this machine"
    )
    assert wrong.err == "holdfast: settings wrong: HOLDFAST_TRUSTED_PROXIES"
    assert "HOLDFAST_TRUSTED_PROXIES" not in shown.err


@pytest.mark.parametrize(
    "arguments", [("migrate",), ("marketplace", "create", "Shop"), ("key", "revoke", "000000000000")]
)
async def test_a_database_that_is_down_is_one_line(arguments: tuple[str, ...]) -> None:
    outcome = await holdfast(*arguments, **market(GONE))
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("holdfast: the database does not answer")
    assert len(outcome.err.splitlines()) == 1
    assert "s3cret" not in outcome.err


async def test_a_wrong_password_is_one_line(fresh_database: FreshDatabase) -> None:
    database = await fresh_database("empty", lambda owner_url, app_role: None)
    user, _, rest = database.url.partition(":")[2].partition(":")
    url = f"postgresql+asyncpg:{user}:wrong@{rest.partition('@')[2]}"
    outcome = await holdfast("key", "revoke", "000000000000", **market(database, HOLDFAST_DATABASE_URL=url))
    assert (outcome.status, outcome.err) == (1, "holdfast: the database does not let this role in")


async def test_without_temporal_the_redrive_is_one_line() -> None:
    outcome = await holdfast("redrive", **market(GONE, TEMPORAL_ADDRESS="127.0.0.1:9"))
    assert (outcome.status, outcome.err) == (1, "holdfast: Temporal was not reached")


async def test_health_names_who_does_not_answer() -> None:
    outcome = await holdfast("health", **market(GONE, HOLDFAST_API_PORT="9", HOLDFAST_WORKER_PORT="9"))
    assert outcome.status == 1
    assert [line.split()[0] for line in outcome.out.splitlines()] == ["api", "worker", "bank"]
    assert outcome.out.count("It does not answer (ConnectError).") == 3


async def test_settings_can_come_from_a_stack(tmp_path: Path) -> None:
    (tmp_path / "environment.json").write_text('{"console": {"HOLDFAST_DATABASE_URL": "x"}}')
    taken = await holdfast("--stack", str(tmp_path), "key", "revoke", "000000000000")
    none = await holdfast("--stack", str(tmp_path / "none"), "redrive")
    assert "HOLDFAST_DATABASE_URL" not in taken.err
    assert taken.err.startswith("holdfast: settings missing: HOLDFAST_BANK_URL")
    assert (none.status, len(none.err.splitlines())) == (2, 1)


def test_the_command_is_a_process_that_says_one_line() -> None:
    environment = without_ours(dict(os.environ)) | market(GONE)
    command = [sys.executable, str(ROOT / "cli.py"), "key", "revoke", "000000000000"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "holdfast: the database does not answer (ConnectionRefusedError)\n"
