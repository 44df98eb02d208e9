"""REST's way of carrying acts out: the request names the fingerprint, and refusals are stored as answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from edge.idempotency import Answer, Names, fingerprint
from edge.problem import answer_response
from market.acts import Acts, Outcome, Work
from market.acts import Written as _Written
from market.signals import Signal, WalletSignal
from store.base import Base

T = TypeVar("T")


class Written(_Written):
    """The same, of a pydantic model."""

    @classmethod
    def of(cls, status: int, out: BaseModel, about: Base | Names, *signals: Signal | WalletSignal) -> Written:
        return cls(status, out.model_dump(mode="json"), about, signals)


def shown(
    status: int,
    act: Callable[[AsyncSession], Awaitable[Outcome[T]]],
    show: Callable[[AsyncSession, T], Awaitable[BaseModel]],
) -> Work:
    """An act as a route answers it: with `status` and what `show` makes of the act's value."""

    async def work(session: AsyncSession) -> Written:
        outcome = await act(session)
        return Written.of(status, await show(session, outcome.value), outcome.about, *outcome.signals)

    return work


def written(status: int, act: Callable[[AsyncSession], Awaitable[Outcome[T]]], out: Callable[[T], BaseModel]) -> Work:
    """As `shown`, for a value that says all there is to show."""

    async def work(session: AsyncSession) -> Written:
        outcome = await act(session)
        return Written.of(status, out(outcome.value), outcome.about, *outcome.signals)

    return work


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
