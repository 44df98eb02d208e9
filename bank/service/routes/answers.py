from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from bank.service.access import Administrator, AnyCaller
from bank.service.models import ANSWERS, RequestRow
from bank.service.requests.gate import Arrived, Step
from bank.service.requests.journal import list_requests
from bank.service.schemas.common import ACCEPTED, Moment
from bank.service.services import ServicesOfApp
from domain.errors import NotFound
from edge.idempotency import Answer
from edge.problem import answer_response, problems
from edge.wire import Wire, utc, utc_or_none


class RequestOut(Wire):
    """`answered_at` and `status` are null while the work is in progress, and for ever when the answer was lost."""

    key: str
    step: str
    received_at: Moment
    answered_at: Moment | None
    status: int | None

    @classmethod
    def of(cls, row: RequestRow) -> RequestOut:
        return cls(
            key=row.key,
            step=row.step,
            received_at=utc(row.received_at),
            answered_at=utc_or_none(row.answered_at),
            status=row.status,
        )


class RequestsOut(Wire):
    items: list[RequestOut]


class AnswerOut(Wire):
    """The stored answer to a key: the HTTP status and body, refusals included."""

    status: int
    body: dict[str, Any]
    recorded_at: Moment


router = APIRouter(tags=["answers"])

KeyInQuery = Annotated[str, Query(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]


@router.get("/answers", response_model=AnswerOut, responses=ACCEPTED | problems(401, 403, 404, 422, 429, 503))
async def read_answer(key: KeyInQuery, caller: AnyCaller, services: ServicesOfApp) -> Response:
    """The stored answer to the caller's request with this Idempotency-Key; 404 `key_unknown` if none was completed."""
    await services.gate(Arrived(Step("ask", None), caller.name, key))
    statement = select(ANSWERS).where(ANSWERS.c.caller == caller.name, ANSWERS.c.key == key)
    async with services.database.reading() as session:
        row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("key_unknown", "No request with this key has been completed.")
    body = AnswerOut(status=row.status, body=row.body, recorded_at=utc(row.created_at))
    return answer_response(Answer(200, body.model_dump(mode="json"), repeated=True))


@router.get("/requests", responses=problems(401, 403, 422, 503), tags=["administration"])
async def read_requests(key: KeyInQuery, caller: Administrator, services: ServicesOfApp) -> RequestsOut:
    """Every arrival of a write request with this Idempotency-Key and its outcome, oldest first."""
    async with services.database.transaction() as session:
        return RequestsOut(items=[RequestOut.of(row) for row in await list_requests(session, key)])
