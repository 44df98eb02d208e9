"""The numbers of codes are in `domain/codes.py`; the database refuses what they do not allow."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.codes import MAX_CODES, MAX_TRIES
from edge.database import Database, constraint_of
from store.migrate import migrate
from tests.fixtures.databases import FreshDatabase

CODE = """INSERT INTO confirmation_codes (subject, number, digest, tries, expires_at)
          VALUES (:subject, :code, '', :number, clock_timestamp())"""
TRY = "INSERT INTO code_tries (subject, name, code_number, number) VALUES (:subject, :name, :code, :number)"


async def test_the_database_takes_as_many_codes_and_tries_as_the_rules_and_no_more(
    fresh_database: FreshDatabase,
) -> None:
    market = await fresh_database("market", migrate)
    database = Database(market.url, pool_size=1)

    async def refused_by(statement: str, code: int, number: int) -> str | None:
        """The constraint that refuses it; None: it was taken."""
        try:
            async with database.transaction() as session:
                values = {"subject": f"payment/{code}", "name": str(number), "code": code, "number": number}
                bound = {name: value for name, value in values.items() if f":{name}" in statement}
                await session.execute(text(statement), bound)
        except DBAPIError as error:
            return constraint_of(error)
        return None

    assert await refused_by(CODE, MAX_CODES, MAX_TRIES) is None
    assert await refused_by(CODE, MAX_CODES + 1, 0) == "ck_confirmation_codes_at_most_three"
    assert await refused_by(CODE, 1, MAX_TRIES + 1) == "ck_confirmation_codes_at_most_five_tries"
    assert await refused_by(TRY, MAX_CODES, MAX_TRIES) is None
    assert await refused_by(TRY, MAX_CODES, MAX_TRIES + 1) == "ck_code_tries_at_most_five"
    assert await refused_by(TRY, MAX_CODES, MAX_TRIES) == "code_tries_idempotency_pk"
    await database.close()
