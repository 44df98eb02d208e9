"""The variables of each program of a stack: what it needs, and nothing that is for others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from devstack.postgres import PROGRAM_ROLES
from devstack.programs import PROGRAMS, console_settings
from devstack.site import PORTS, Site
from devstack.state import StateFolder
from tests.devstack.children import plain_environment

PROGRAM = {program.name: program for program in PROGRAMS}


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    state = StateFolder(tmp_path / "state")
    await state.open()
    for name in ("bank_admin_key", "bank_payments_key", "bank_test_money_key", "bank_webhook_secret"):
        state.keep_secret(name, f"the {name}")
    (state.path / "postgres").mkdir()
    ports = {use.name: use.preferred for use in PORTS}
    yield Site(state, ports, plain_environment(PYTHONDONTWRITEBYTECODE="1", HOME="/nowhere"))
    state.close()


async def test_programs_keep_their_bytecode_and_the_users_other_variables(site: Site) -> None:
    for program in PROGRAMS:
        given = program.environment(site)
        assert "PYTHONDONTWRITEBYTECODE" not in given
        assert given["HOME"] == "/nowhere"


async def test_no_program_may_open_what_is_for_another_or_for_commands_alone(site: Site) -> None:
    """Neither the owner of a database nor the key for the bank's audit; and the bank's database is the bank's."""
    secret: dict[str, str] = {role: site.postgres.password(role) for role in PROGRAM_ROLES}
    secret["admin"] = site.secret(site.bank_key("admin"))
    secret |= {name: site.secret(name) for name in ("signer_key", "signer_passphrase")}
    holds = {
        program.name: {name for name, word in secret.items() if word in " ".join(program.environment(site).values())}
        for program in PROGRAMS
    }
    assert holds == {
        "mail": set(),
        "tron": set(),
        "bank": {"bank_app"},
        "signer": {"signer_app", "signer_key", "signer_passphrase"},
        "api": {"holdfast_app"},
        "worker": {"holdfast_app", "signer_key"},
    }
    shown = " ".join(console_settings(site).values())
    of_signer = {"signer_owner", "signer_app", "signer_passphrase"}  # no command of the market needs them
    assert {name for name, word in secret.items() if word in shown} == set(secret) - of_signer
