from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select

from bank.service.access import Administrator, AnyCaller
from bank.service.acts.callbacks import withheld
from bank.service.acts.requests import bank_asked, list_requests
from bank.service.models import ANSWERS
from bank.service.replies import accepted
from bank.service.schemas.callbacks import ACCEPTED
from bank.service.schemas.requests import AnswerOut, RequestOut, RequestsOut
from bank.service.services import ServicesOfApp
from domain.errors import NotFound
from edge.problem import problems
from edge.wire import utc

router = APIRouter(tags=["answers"])

KeyInQuery = Annotated[str, Query(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]


@router.get("/answers", response_model=AnswerOut, responses=ACCEPTED | problems(401, 403, 404, 422, 429, 503))
async def read_answer(request: Request, key: KeyInQuery, caller: AnyCaller, services: ServicesOfApp) -> Response:
    """What was answered to the caller's request with this Idempotency-Key; 404 `key_unknown` if none was completed."""
    async with services.database.transaction() as session:
        bank_id = await bank_asked(session, caller.name, key)
    drawn = await services.reads.meet(bank_id)
    statement = select(ANSWERS).where(ANSWERS.c.caller == caller.name, ANSWERS.c.key == key)
    async with services.database.transaction() as session:
        row = (await session.execute(statement)).one_or_none()
        kept = None if row is None else await withheld(session, caller.name, key)
    if row is None:
        raise NotFound("key_unknown", "No request with this key has been completed.")
    if kept is not None:
        return accepted(kept.operation)
    body = AnswerOut(status=row.status, body=row.body, recorded_at=utc(row.created_at))
    return await services.reads.answer(request, drawn, body.model_dump(mode="json"))


@router.get("/requests", responses=problems(401, 403, 422, 503), tags=["administration"])
async def read_requests(key: KeyInQuery, caller: Administrator, services: ServicesOfApp) -> RequestsOut:
    """Every arrival of a write request with this Idempotency-Key, whatever became of it, oldest first."""
    async with services.database.transaction() as session:
        return RequestsOut(items=[RequestOut.of(row) for row in await list_requests(session, key)])
