"""The first administrator, made from the command line."""

from __future__ import annotations

import io
import sys

import pytest

import store
from domain.errors import Unauthenticated
from domain.roles import Role
from edge.database import Database
from edge.passwords import Passwords
from market.logins import LogIn
from store.people.sessions import find_session
from tests.fixtures.commands import PEPPER, holdfast, market
from tests.fixtures.databases import FreshDatabase


async def test_the_first_administrator_is_made_and_comes_in(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = await fresh_database("market", store.migrate)
    environment = market(fresh)
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\na long enough password\nanother password\n"))
    arguments = ("admin", "create", "Ada Admin", "--login", "ada", "--email", "ada@example.test")
    weak, made, again = [await holdfast(*arguments, **environment) for _ in range(3)]
    assert (weak.status, made.status, again.status) == (1, 0, 1), made.err
    assert "10 to 200 characters" in weak.err and "taken" in again.err

    database = Database(fresh.url, pool_size=2)
    log_in = LogIn(database, Passwords(), PEPPER)
    token = await log_in.session("ada", "a long enough password", "192.0.2.1")
    async with database.transaction() as session:
        person = await find_session(session, PEPPER, token)
    with pytest.raises(Unauthenticated):
        await log_in.session("ada", "another password", "192.0.2.1")
    await database.close()
    assert person is not None
    assert (person.name, person.roles) == ("Ada Admin", frozenset({Role.OPERATOR, Role.ADMINISTRATOR}))
