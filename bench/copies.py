"""Rows made many by SQL: a market that has grown, without years of trade.

Copies are written past triggers and foreign keys, so the books of such a database balance no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # asyncpg ships no type information

AT_ONCE: Final = 10_000  # copies of a statement
OF_A_DEAL: Final = ("deals", "events")
SCHEMAS: Final = "IN ('public'::regnamespace, 'ledger'::regnamespace)"
TABLES: Final = f"SELECT oid::int, oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace {SCHEMAS}"
COLUMNS: Final = """
SELECT a.attname, format_type(a.atttypid, NULL) AS type, a.attidentity <> '' AS identity,
       bool_or(i.indisunique) IS TRUE AS is_unique,
       bool_or(i.indisunique AND i.indnkeyatts = 1) IS TRUE AS is_key
FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND a.attnum = ANY (i.indkey)
WHERE a.attrelid = $1::int::oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY a.attrelid, a.attnum, a.attname, a.atttypid, a.attidentity ORDER BY a.attnum
"""
# Whom the copies of a deal are about: as the deal itself.
KEPT: Final = frozenset({"marketplace_id", "offer_id", "buyer_id", "seller_id", "payer_id", "user_id", "account_id"})


def copied(column: Any) -> str:
    """The column of the n-th copy: ids change as what refers to them does, and what is unique stays so."""
    name, kind = f'r."{column["attname"]}"', column["type"]
    if kind == "uuid":
        return f"md5({name}::text || n)::uuid"
    if kind == "bigint" and (
        column["is_unique"] or column["identity"] or column["attname"].endswith(("_id", "_account"))
    ):
        return f"{name} + n * 10000000::bigint"
    if kind == "integer" and column["is_key"]:
        return f"{name} + n * 100000"
    if kind == "text" and (column["is_unique"] or column["attname"].endswith("email")):
        return f"{name} || '/' || n"
    if kind == "bytea" and column["is_unique"]:
        return f"sha256({name} || int4send(n))"
    return name


@dataclass(slots=True)
class Copier:
    """A superuser's connection; `begun` is how many copies were made of anything, so that no two are the same."""

    connection: asyncpg.Connection
    begun: int = 0

    async def copy_deal(self, deal_id: str, times: int, *, alone: bool, **changed: str) -> list[UUID]:
        """Copies a deal with its events, or, unless `alone`, with every row that names it or its payments.

        `changed` are columns of `deals` as SQL. Returns the ids of the deals.
        """
        rows = await self.connection.fetch("SELECT id::text FROM payments WHERE deal_id = $1::text::uuid", deal_id)
        named = [f"%{id_}%" for id_ in (deal_id, *(row["id"] for row in rows))]
        for oid, table in await self.connection.fetch(TABLES):
            if not alone or table in OF_A_DEAL:
                columns = await self.connection.fetch(COLUMNS, oid)
                await self._copy(table, columns, named, times, changed if table == "deals" else {})
        first, self.begun = self.begun + 1, self.begun + times
        await self.connection.execute("ANALYZE")
        return [UUID(hashlib.md5(f"{deal_id}{n}".encode()).hexdigest()) for n in range(first, self.begun + 1)]

    async def _copy(
        self, table: str, columns: Sequence[Any], named: list[str], times: int, changed: dict[str, str]
    ) -> None:
        await self.connection.execute("DROP TABLE IF EXISTS pg_temp.template")
        await self.connection.execute(f"CREATE TEMP TABLE template AS SELECT * FROM {table} LIMIT 0")
        await self.connection.execute(
            f"INSERT INTO template SELECT * FROM {table} r WHERE r::text LIKE ANY ($1::text[])", named
        )
        names = ", ".join(f'"{column["attname"]}"' for column in columns)
        values = ", ".join(
            changed.get(name) or (f'r."{name}"' if name in KEPT and table != "ledger.entries" else copied(column))
            for column in columns
            for name in [column["attname"]]
        )
        for first in range(self.begun + 1, self.begun + times + 1, AT_ONCE):
            last = min(first + AT_ONCE - 1, self.begun + times)
            await self.connection.execute(
                f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE"
                f" SELECT {values} FROM template r CROSS JOIN generate_series({first}, {last}) AS copy (n)"
                " ON CONFLICT DO NOTHING"
            )


async def copier(url: str) -> Copier:
    """Over the database at `url`, a superuser's. Close its connection."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), statement_cache_size=0)
    await connection.execute("SET session_replication_role = replica")
    return Copier(connection)
