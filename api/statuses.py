"""Statuses of deals: administrators define them, parties and operators set them; they describe, and move nothing."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.deals.schemas import DealNowOut, OperatorDealOut
from api.deals.views import show_deal
from api.dependencies import Administrator, Anybody, Caller, Requires, ServicesOfApp
from api.fields import Id, IdInPath
from api.refusals import WRITES
from api.writes import Write
from domain.deals import DealState
from domain.roles import Role, Scope
from domain.statuses import CODE, MAX_NAME, Setter
from edge.documents import refusing
from edge.problem import problems
from edge.wire import Line, Wire
from fronts.writes import Reply, replied, shown
from market import statuses
from store.deals.deals import Deal
from store.deals.statuses import Status
from store.deals.statuses import statuses as all_statuses

router = APIRouter(tags=["statuses"])

Actor = Annotated[Caller, Depends(Requires(scope=Scope.DEALS, client=True, role=Role.OPERATOR))]
Code = Annotated[str, Field(pattern=CODE, examples=["packed"])]
CodeInPath = Annotated[str, Path(pattern=CODE)]
Name = Annotated[Line, Field(min_length=1, max_length=MAX_NAME)]
# JSON has no enumerations: a string is accepted as a member although nothing else is coerced.
States = Annotated[list[Annotated[DealState, Field(strict=False)]], Field(min_length=1, max_length=len(DealState))]
Setters = Annotated[list[Annotated[Setter, Field(strict=False)]], Field(min_length=1, max_length=len(Setter))]


class StatusIn(Wire):
    en: Name
    ru: Name
    states: States
    """The states of a deal in which it can be set."""
    set_by: Setters
    """Who can set it."""
    active: bool = True
    """False: retired. Deals that have it keep it, and it is set on no other."""


class StatusOut(Wire):
    status: str
    en: str
    ru: str
    states: list[DealState]
    set_by: list[Setter]
    active: bool

    @classmethod
    def of(cls, row: Status) -> StatusOut:
        return cls(
            status=row.code,
            en=row.en,
            ru=row.ru,
            states=[DealState(state) for state in row.states],
            set_by=[Setter(setter) for setter in row.set_by],
            active=row.active,
        )


class StatusesOut(Wire):
    items: list[StatusOut]
    next: None
    """The whole list comes in one page."""


class DealStatusIn(Wire):
    status: Code
    user_id: Id | None = None
    """The party that sets it; needed, except with the key of an operator."""


@router.get("/statuses", summary="List statuses", responses=problems(401, 503))
async def list_statuses(caller: Anybody, services: ServicesOfApp) -> StatusesOut:
    """All statuses, retired ones included, in the order of their codes."""
    async with services.database.transaction() as session:
        return StatusesOut(items=[StatusOut.of(row) for row in await all_statuses(session)], next=None)


@router.put(
    "/statuses/{status}",
    summary="Put a status",
    response_model=StatusOut,
    responses=WRITES | {201: {"model": StatusOut, "description": "Created: there was none."}},
)
async def put_status(status: CodeInPath, body: StatusIn, caller: Administrator, write: Write) -> Response:
    """Creates, changes, retires or restores a status. What was set before keeps the names that it had."""
    act = partial(
        statuses.put,
        code=status,
        en=body.en,
        ru=body.ru,
        states=body.states,
        set_by=body.set_by,
        active=body.active,
    )

    async def reply(session: AsyncSession, put: statuses.Put) -> Reply:
        return 201 if put.created else 200, StatusOut.of(put.status)

    return await write.answer(caller, body, replied(act, reply))


@router.post(
    "/deals/{deal_id}/status",
    summary="Set a deal's status",
    response_model=OperatorDealOut | DealNowOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_deal unknown_user unknown_status",
            409: "not_a_party status_not_for_party status_not_for_state status_retired too_many_statuses",
        },
    ),
)
async def set_deal_status(deal_id: IdInPath, body: DealStatusIn, caller: Actor, write: Write) -> Response:
    """Sets the status of a deal, in any state that the status allows, ended ones included. The other party gets a mail.

    Setting the current one again changes nothing.
    """
    act = partial(
        statuses.set_status,
        actor=caller,
        deal_id=deal_id,
        code=body.status,
        user_id=body.user_id,
        operator_id=caller.operator_id,
    )

    async def show(session: AsyncSession, deal: Deal) -> DealNowOut:
        return await show_deal(session, deal, for_operator=caller.is_operator)

    return await write.answer(caller, body, shown(200, act, show))
