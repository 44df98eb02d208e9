"""Acts as fronts answer them: a status and a body made of what the act did."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from edge.idempotency import Answer
from market.acts import Outcome, Work

T = TypeVar("T")
Reply = tuple[int, BaseModel | Mapping[str, object]]


def replied(
    act: Callable[[AsyncSession], Awaitable[Outcome[T]]], reply: Callable[[AsyncSession, T], Awaitable[Reply]]
) -> Work:
    """An act as a route answers it: with the status and body that `reply` makes from the act's value."""

    async def work(session: AsyncSession) -> Outcome[Answer]:
        outcome = await act(session)
        status, out = await reply(session, outcome.value)
        body = out.model_dump(mode="json") if isinstance(out, BaseModel) else dict(out)
        return Outcome(Answer(status, body), outcome.about, outcome.signals)

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
    """As `shown`, for a value that needs no rendering."""

    async def reply(session: AsyncSession, value: T) -> Reply:
        return status, out(value)

    return replied(act, reply)
