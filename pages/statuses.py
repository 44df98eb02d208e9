"""The status of a deal: what a party says about its progress, for the other to read."""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Conflict, Malformed, NotFound
from domain.statuses import CODE
from market.statuses import set_status
from pages.acts import act, done
from pages.deals import deal_page
from pages.forms import Count, FieldRefusal, Form, simple
from pages.visit import Client
from texts.languages import message

router = APIRouter()

CHOOSE: Final = message("Please choose a status from the list.")


def _code(typed: str) -> str:
    if not re.fullmatch(CODE, typed):
        raise FieldRefusal("invalid_field", CHOOSE, None)
    return typed


class NewStatus(Form):
    """`events` is how many the deal had when the form was made."""

    events: Count
    status: Annotated[str, simple(_code)]


@router.post("/deals/{deal_id}/status")
async def say_status(known: Client, deal_id: UUID) -> Response:
    """Sets the chosen status of a deal that has not changed since the form was made."""
    fields, visitor = await known.visit.form(*NewStatus.names()), known.visitor
    try:
        typed = NewStatus.read(fields)
        said = partial(
            set_status,
            actor=visitor.actor,
            deal_id=deal_id,
            code=typed.status,
            user_id=visitor.user_id,
            events=typed.events,
        )
        await act(known, f"status/{deal_id}/{typed.events}", fields, done(said))
    except (Conflict, Malformed, NotFound) as refusal:
        return await deal_page(known, deal_id, refusal, fields)
    return known.visit.to(f"/deals/{deal_id}")
