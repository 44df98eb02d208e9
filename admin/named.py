"""Shared by the tables: read-only, money in people's format, ids of people as names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from sqlalchemy import String, cast, false, func, inspect, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette_admin import DateTimeField, StringField
from starlette_admin.contrib.sqla import ModelView
from starlette_admin.exceptions import FormValidationError
from starlette_admin.filters import FilterGroup

from admin.moments import FORMAT
from domain.money import Money
from fronts.percents import percent
from texts.languages import Language

MAX_COUNTED: Final = 10_000  # rows: a list does not read a table whole that has grown; what is older is searched for


class ReadOnly(ModelView):
    """A table that is read here and changed elsewhere, by routes with a key, a rule and a history."""

    fields: Any = ()
    actions: Sequence[str] | None = ()
    row_actions: Sequence[str] | None = ("view",)
    page_size = 50
    page_size_options = (50, 100, 200)
    column_visibility = False  # its button is an inline handler, which the content policy does not run
    fields_default_sort: Any = (("id", True),)  # ids grow with time: the newest first

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields:
            if isinstance(field, DateTimeField):
                field.output_format = FORMAT

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        """The row, or None, also for an invalid id."""
        try:
            return await super().find_by_pk(request, pk)
        except ValueError:
            return None

    def get_search_query(self, request: Request, term: str) -> Any:
        """Rows with the term in a searchable text, as typed; none where no field can be searched."""
        columns = self.model.__mapper__.columns
        fields = self.get_fields_list(request)
        texts = [field.name for field in fields if field.searchable and isinstance(field, StringField)]
        return or_(
            false(),
            *(cast(columns[name], String).icontains(term, autoescape=True) for name in texts if name in columns),
        )

    async def count(self, request: Request, q: str | None = None, filters: FilterGroup | None = None) -> int:
        """How many rows the list has: of those that nobody searches through, the newest `MAX_COUNTED` at most."""
        if q is not None or (filters is not None and not filters.is_empty()):
            return int(await super().count(request, q, filters))
        keys = inspect(self.model).primary_key
        newest = self.get_list_query(request).with_only_columns(*keys).order_by(*(key.desc() for key in keys))
        session: AsyncSession = request.state.session
        return await session.scalar(select(func.count()).select_from(newest.limit(MAX_COUNTED).subquery())) or 0

    def can_create(self, request: Request) -> bool:
        return False

    def can_edit(self, request: Request) -> bool:
        return False

    def can_delete(self, request: Request) -> bool:
        return False

    def can_export(self, request: Request) -> bool:
        return False

    def can_import(self, request: Request) -> bool:
        return False


class Named(ReadOnly):
    """A table that shows ids of other rows by name: `named` maps a column to the noun of its ids."""

    named: ClassVar[Mapping[str, Any]] = {}

    @staticmethod
    def name_of(column: str, label: str) -> StringField:
        """The name of the row whose id is in `column`."""

        def shown(request: Request, row: Any) -> str:
            id_ = getattr(row, column)
            return str(getattr(request.state, "names", {}).get(id_) or id_ or "")

        return StringField(column, label=label, getter=shown, searchable=False)

    async def find_all(self, request: Request, *args: Any, **kwargs: Any) -> Sequence[Any]:
        rows = await super().find_all(request, *args, **kwargs)
        await self._look_up(request, rows)
        return rows

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        row = await super().find_by_pk(request, pk)
        await self._look_up(request, [] if row is None else [row])
        return row

    async def _look_up(self, request: Request, rows: Sequence[Any]) -> None:
        session: AsyncSession = request.state.session
        names: dict[Any, str] = {}
        for column, model in self.named.items():
            ids = {getattr(row, column) for row in rows} - {None}
            found = await session.execute(select(model.id, model.name).where(model.id.in_(ids)))
            names |= {row[0]: row[1] for row in found}
        request.state.names = names


def money(name: str, label: str) -> StringField:
    """An amount in minor units of the row's currency, in people's format."""

    def shown(request: Request, row: Any) -> str:
        return Language.of("en").money(Money(getattr(row, name), row.currency))

    return StringField(name, label=label, getter=shown, searchable=False)


def percents(name: str, label: str) -> StringField:
    """Basis points as a percentage."""

    def shown(request: Request, row: Any) -> str:
        return f"{percent(getattr(row, name))} %"

    return StringField(name, label=label, getter=shown, searchable=False)


class AsShown(ReadOnly):
    """A row that its form changes only if it is still as the form showed it, by the columns in `shown`."""

    shown: ClassVar[Sequence[str]] = ()
    edit_template = "edit_as_shown.html"

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        row = await super().find_by_pk(request, pk)
        if row is not None:
            request.state.shown = self._text(row)
        return row

    async def lock_as_shown(self, request: Request, pk: Any) -> None:
        """Raises `FormValidationError`, with the present values, for a form that showed something else."""
        session: AsyncSession = request.state.session
        row = await self.find_by_pk(request, pk)
        await session.refresh(row, with_for_update={"key_share": True})
        request.state.shown = self._text(row)
        if (await request.form()).get("shown") != request.state.shown:
            said = "This was changed after the page was opened. Now it is: {}. Save again to change that."
            raise FormValidationError({name: said.format(getattr(row, name) or "–") for name in self.shown})

    def _text(self, row: Any) -> str:
        return " | ".join(str(getattr(row, name)) for name in self.shown)
