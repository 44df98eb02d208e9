"""How REST carries out acts: the fingerprint is made from the request, and refusals are stored as answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from api.dependencies import ServicesOfApp
from edge.idempotency import Answer, fingerprint
from edge.key_header import IdempotencyKey
from edge.problem import answer_response
from fronts.services import Services
from market.acts import Work


class Caller(Protocol):
    @property
    def name(self) -> str:
        """Owner of these idempotency keys."""


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """A request that changes something: its idempotency key, and the services that carry it out."""

    request: Request
    key: str
    services: Services

    async def answer(self, caller: Caller, body: BaseModel, work: Work) -> Response:
        """Answers it by the caller's key; effect and answer are committed together."""
        return answer_response(await self.outcome(caller, body, work))

    async def outcome(self, caller: Caller, body: BaseModel, work: Work) -> Answer:
        """The same as stored: for a route that adds what must not be stored."""
        pepper, asked = self.services.settings.pepper_bytes, body.model_dump(mode="json")
        digest = fingerprint(pepper, self.request.method, self.request.url.path, asked)
        return await self.services.acts.run(caller.name, self.key, digest, work)


async def _write(request: Request, key: IdempotencyKey, services: ServicesOfApp) -> WriteRequest:
    return WriteRequest(request, key, services)


Write = Annotated[WriteRequest, Depends(_write)]
"""Comes after the caller in a route: an unknown caller does not learn of a wrong key."""
