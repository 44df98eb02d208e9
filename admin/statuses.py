"""The statuses that parties and operators set on deals: named, restricted and retired here."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette_admin import BooleanField, EnumField, StringField
from starlette_admin.exceptions import FormValidationError

from admin.named import AsShown
from domain.deals import DealState
from domain.statuses import CODE, MAX_NAME, Setter
from edge.characters import is_line
from market import statuses

STATES: Any = [(state.value, state.value.replace("_", " ")) for state in DealState]
SETTERS: Any = [(setter.value, setter.value) for setter in Setter]


class Several(EnumField):
    """Several of a few choices, as boxes to tick."""

    async def serialize_value(self, request: Request, value: Any) -> Any:
        chosen = await super().serialize_value(request, value)
        return chosen if request.state.action.is_form() else ", ".join(chosen)


def several(name: str, label: str, choices: Any) -> Several:
    return Several(
        name, label=label, multiple=True, select2=False, choices=choices, required=True, searchable=False, filters=[],
        orderable=False, form_template="fields/form/several.html",
    )  # fmt: skip


class Statuses(AsShown):
    """A status is retired, never deleted: deals that have it keep it."""

    fields: Any = (
        StringField("code", label="Code, by which programs name it", required=True, maxlength=40),
        StringField("en", label="In English", required=True, maxlength=MAX_NAME),
        StringField("ru", label="In Russian", required=True, maxlength=MAX_NAME),
        several("states", "In these states of a deal", STATES),
        several("set_by", "Set by", SETTERS),
        BooleanField("active", label="Active (else retired)"),
    )
    show_pk_in_forms = True
    fields_default_sort: Any = ("code",)
    searchable_fields = ("code", "en", "ru")
    exclude_fields_from_create = ("active",)
    exclude_fields_from_edit = ("code",)
    row_actions = ("view", "edit")
    shown = ("en", "ru", "states", "set_by", "active")

    def can_create(self, request: Request) -> bool:
        return True

    def can_edit(self, request: Request) -> bool:
        return True

    async def create(self, request: Request, data: dict[str, Any]) -> Any:
        code = str(data.get("code") or "").strip()
        if not re.fullmatch(CODE, code):
            raise FormValidationError({"code": "Lower-case letters a-z, digits and _, a letter first, at most 40."})
        if await self.find_by_pk(request, code) is not None:
            raise FormValidationError({"code": "There is a status with this code."})
        return await self._put(request, code, data, active=True)

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        await self.lock_as_shown(request, pk)
        return await self._put(request, pk, data, active=bool(data.get("active")))

    async def _put(self, request: Request, code: str, data: dict[str, Any], *, active: bool) -> Any:
        await self.validate(request, data)
        session: AsyncSession = request.state.session
        put = await statuses.put(
            session,
            code,
            en=data["en"],
            ru=data["ru"],
            states=[DealState(state) for state in data["states"]],
            set_by=[Setter(setter) for setter in data["set_by"]],
            active=active,
        )
        return put.value.status

    async def validate(self, request: Request, data: dict[str, Any]) -> None:
        wrong: dict[str | int, Any] = {
            name: f"1 to {MAX_NAME} characters in one line."
            for name in ("en", "ru")
            if not is_line(data.get(name) or "") or len(data[name]) > MAX_NAME
        }
        for name, known in (("states", DealState), ("set_by", Setter)):
            if not data.get(name) or not set(data[name]) <= set(known):
                wrong[name] = "Choose one or more."
        if wrong:
            raise FormValidationError(wrong)
