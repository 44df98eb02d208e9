"""A session whose changes reach the database in one statement, however many rows and tables they concern.

The mapper sends a statement for each row that has changed, and waits for each; a step of a payment changes five rows.
Here they are parts of one statement: `WITH p0 AS (UPDATE …), p1 AS (INSERT …) SELECT …`. Every part sees the rows as
they were before the statement, so what must happen in an order is flushed in between, as with the mapper.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from sqlalchemy import ARRAY, Column, Dialect, event
from sqlalchemy.orm import InstanceState, Mapper, Session, attributes, make_transient_to_detached
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql import ClauseElement

MAX_ROWS: Final = 50  # of one statement: its text grows with them; more are left to the mapper


class BatchingSession(Session):
    """Flushes in one statement. In a savepoint, for deletions and for many rows the mapper does what it always does."""


class _LeftToTheMapper(Exception):
    """A change that is not written here."""


@event.listens_for(BatchingSession, "before_flush")
def _write(session: Session, _context: object, _instances: object) -> None:
    # The mapper itself must know what a rollback to a savepoint undoes.
    if session.in_nested_transaction() or session.deleted or len(session.new) + len(session.dirty) > MAX_ROWS:
        return
    batch = _Batch(session.connection().dialect)
    try:
        new = sorted(map(attributes.instance_state, session.new), key=lambda state: state.insert_order or 0)
        tables: dict[Mapper[Any], list[InstanceState[Any]]] = {}
        for state in new:
            tables.setdefault(state.mapper, []).append(state)
        for mapper, states in tables.items():
            batch.insert(mapper, states)
        for row in session.dirty:
            batch.update(attributes.instance_state(row))
    except _LeftToTheMapper:
        return
    if batch.parts:
        batch.take(session.connection().exec_driver_sql(batch.statement, tuple(batch.values)).one())
    for state in new:
        row = state.obj()
        session.expunge(row)
        make_transient_to_detached(row)
        session.add(row)


@dataclass(frozen=True, slots=True)
class _Attribute:
    """An attribute of a mapped class and its column; `made`: the database gives it a value when we do not."""

    name: str
    column: Column[Any]
    quoted: str
    made: bool
    store: Any
    load: Any


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    attributes: tuple[_Attribute, ...]
    key: tuple[_Attribute, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of the statement, about `rows` of a table; `back` is what it returns of them."""

    sql: str
    table: _Table
    rows: Sequence[InstanceState[Any]]
    back: Sequence[_Attribute]
    changed: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Batch:
    dialect: Dialect
    parts: list[_Part] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    @property
    def statement(self) -> str:
        """Its only row holds, for each part, how many rows there were, and what is returned of them in arrays."""
        written = (f"p{number} AS ({part.sql})" for number, part in enumerate(self.parts))
        read = (f"(SELECT {_arrays(part)} FROM p{number}) AS r{number}" for number, part in enumerate(self.parts))  # noqa: S608  # names of the mapper
        return f"WITH {', '.join(written)} SELECT * FROM {', '.join(read)}"  # noqa: S608  # names of the mapper

    def insert(self, mapper: Mapper[Any], rows: Sequence[InstanceState[Any]]) -> None:
        """Adds new rows of one table, in the order in which they came."""
        table = _table_of(mapper, self.dialect)
        given = [one for one in table.attributes if not one.made or _has(rows[0], one)]
        if any(_has(row, one) != (one in given) for row in rows for one in table.attributes if one.made):
            raise _LeftToTheMapper
        if len(rows) > 1 and any(one in given for one in table.key):
            raise _LeftToTheMapper  # nothing would tell which returned row is which
        written = [", ".join(self._value(one, row.dict.get(one.name)) for one in given) for row in rows]
        names = ", ".join(one.quoted for one in given)
        back = [one for one in table.attributes if one not in given or any(_is_sql(row, one) for row in rows)]
        if any(isinstance(one.column.type, ARRAY) for one in back):
            raise _LeftToTheMapper  # arrays of arrays are flat
        sql = f"INSERT INTO {table.name} ({names}) VALUES {', '.join(f'({row})' for row in written)}"  # noqa: S608  # names of the mapper
        self.parts.append(_Part(_returning(sql, table, back), table, rows, back))

    def update(self, row: InstanceState[Any]) -> None:
        """Adds the changed columns of a stored row, if there are any."""
        table = _table_of(row.mapper, self.dialect)
        changed = [one for one in table.attributes if _has_changed(row, one)]
        if not changed:
            return
        if any(one in changed for one in table.key):
            raise _LeftToTheMapper
        sets = ", ".join(f"{one.quoted} = {self._value(one, row.dict[one.name])}" for one in changed)
        stored = zip(table.key, row.key[1] if row.key else (), strict=True)
        where = " AND ".join(f"{one.quoted} = {self._value(one, value)}" for one, value in stored)
        back = [one for one in changed if _is_sql(row, one)]
        values = {one.name: row.dict[one.name] for one in changed if one not in back}
        sql = f"UPDATE {table.name} SET {sets} WHERE {where}"  # noqa: S608  # names of the mapper
        self.parts.append(_Part(_returning(sql, table, back), table, [row], back, values))

    def take(self, answer: Sequence[Any]) -> None:
        """Gives the rows what the database has made, and makes their changes part of what is stored."""
        cells = iter(answer)
        for part in self.parts:
            if (count := next(cells)) != len(part.rows):
                raise StaleDataError(f"{part.table.name}: {count} rows were written in place of {len(part.rows)}")
            for one in part.back:
                for row, value in zip(part.rows, next(cells), strict=True):
                    loaded = one.load(value) if one.load is not None and value is not None else value
                    attributes.set_committed_value(row.obj(), one.name, loaded)
            for row in part.rows:
                unset = {one.name: row.dict.get(one.name) for one in part.table.attributes if row.key is None}
                for name, value in (unset | part.changed).items():
                    attributes.set_committed_value(row.obj(), name, value)

    def _value(self, one: _Attribute, value: Any) -> str:
        if isinstance(value, ClauseElement):
            compiled = value.compile(dialect=self.dialect)
            if compiled.params:
                raise _LeftToTheMapper
            return str(compiled)
        if value is None and one.column.type.should_evaluate_none:
            raise _LeftToTheMapper  # JSON has a null of its own
        self.values.append(value if one.store is None or value is None else one.store(value))
        return f"${len(self.values)}"


def _arrays(part: _Part) -> str:
    order = ", ".join(one.quoted for one in part.table.key)
    return ", ".join(["count(*)", *(f"array_agg({one.quoted} ORDER BY {order})" for one in part.back)])


def _returning(sql: str, table: _Table, back: Iterable[_Attribute]) -> str:
    return f"{sql} RETURNING {', '.join(dict.fromkeys(one.quoted for one in (*table.key, *back)))}"


@cache
def _table_of(mapper: Mapper[Any], dialect: Dialect) -> _Table:
    quote = dialect.identifier_preparer
    found = {}
    for attribute in mapper.column_attrs:
        [column] = attribute.columns
        if not isinstance(column, Column) or column.default is not None or column.onupdate is not None:
            raise _LeftToTheMapper  # values that the mapper makes
        implementation = column.type.dialect_impl(dialect)
        found[attribute.key] = _Attribute(
            attribute.key,
            column,
            quote.format_column(column),
            column.server_default is not None or column.identity is not None,
            implementation.bind_processor(dialect),
            implementation.result_processor(dialect, None),
        )
    key = tuple(found[mapper.get_property_by_column(column).key] for column in mapper.primary_key)
    return _Table(quote.format_table(mapper.local_table), tuple(found.values()), key)


def _has(state: InstanceState[Any], one: _Attribute) -> bool:
    return state.dict.get(one.name) is not None


def _has_changed(state: InstanceState[Any], one: _Attribute) -> bool:
    return state.attrs[one.name].history.has_changes()


def _is_sql(state: InstanceState[Any], one: _Attribute) -> bool:
    return isinstance(state.dict.get(one.name), ClauseElement)
