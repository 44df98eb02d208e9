"""REST's way of carrying acts out: the request names the fingerprint, and refusals are stored as answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from edge.idempotency import Answer, fingerprint
from edge.problem import answer_response
from market.acts import Acts, Outcome, Work, Written

T = TypeVar("T")
Reply = tuple[int, BaseModel | Mapping[str, object]]


def replied(
    act: Callable[[AsyncSession], Awaitable[Outcome[T]]], reply: Callable[[AsyncSession, T], Awaitable[Reply]]
) -> Work:
    """An act as a route answers it: with the status and the body that `reply` makes of the act's value."""

    async def work(session: AsyncSession) -> Written:
        outcome = await act(session)
        status, out = await reply(session, outcome.value)
        body = out.model_dump(mode="json") if isinstance(out, BaseModel) else dict(out)
        return Written(status, body, outcome.about, outcome.signals)

    return work


def shown(
    status: int,
    act: Callable[[AsyncSession], Awaitable[Outcome[T]]],
    show: Callable[[AsyncSession, T], Awaitable[BaseModel]],
) -> Work:
    """As `replied`, always with the same status."""

    async def reply(session: AsyncSession, value: T) -> Reply:
        return status, await show(session, value)

    return replied(act, reply)


def written(status: int, act: Callable[[AsyncSession], Awaitable[Outcome[T]]], out: Callable[[T], BaseModel]) -> Work:
    """As `shown`, for a value that says all there is to show."""

    async def reply(session: AsyncSession, value: T) -> Reply:
        return status, out(value)

    return replied(act, reply)


class Writes:
    def __init__(self, acts: Acts, pepper: bytes) -> None:
        self._acts = acts
        self._pepper = pepper

    async def answer(self, request: Request, caller: str, key: str, body: BaseModel, work: Work) -> Response:
        """Answers one write of `caller` by its idempotency key; effect and answer are committed together."""
        return answer_response(await self.outcome(request, caller, key, body, work))

    async def outcome(self, request: Request, caller: str, key: str, body: BaseModel, work: Work) -> Answer:
        """The same as it is stored: for a route that adds what must not be stored."""
        digest = fingerprint(self._pepper, request.method, request.url.path, body.model_dump(mode="json"))
        return await self._acts.run(caller, key, digest, work)
