"""The path of movements that need no workflow: in groups, key and answer committed with the effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import Request, Response
from pydantic import BaseModel

from domain.errors import Refusal
from edge.database import Database
from edge.grouping import Groups
from edge.idempotency import Answer, Keyed, fingerprint, once_each
from edge.plain import Plain
from edge.problem import answer_response
from store.operations.idempotency import ANSWERS, names_of_movement
from store.wallets.movements import Moved, Movement, carry_out
from store.wallets.wallets import KnownSides

Show = Callable[[Moved], BaseModel]


@dataclass(frozen=True, slots=True)
class _Asked:
    movement: Movement
    keyed: Keyed
    show: Show


class Movements:
    """Requests that arrive while a group is being committed form the next one: one transaction for all of them."""

    def __init__(self, database: Database, pepper: bytes) -> None:
        self._pepper = pepper
        self._wallets = KnownSides()
        self._groups = Groups(database, self._work, _key_of)

    async def answer(self, request: Request, body: BaseModel, movement: Movement, show: Show) -> Response:
        """Answers one movement by its caller's key; `show` makes the answer to a movement that was made."""
        digest = fingerprint(self._pepper, request.method, request.url.path, body.model_dump(mode="json"))
        keyed = Keyed(movement.caller, movement.key, digest)
        return answer_response(await self._groups.ask(_Asked(movement, keyed, show)))

    async def drain(self) -> None:
        await self._groups.drain()

    async def _work(self, connection: Plain, group: Sequence[_Asked]) -> list[Answer | Refusal]:
        async def move(places: Sequence[int]) -> list[Answer | Refusal]:
            results = await carry_out(connection, [group[place].movement for place in places], self._wallets)
            return [_answer_to(group[place], result) for place, result in zip(places, results, strict=True)]

        return await once_each(connection, ANSWERS, [asked.keyed for asked in group], move)


def _key_of(asked: _Asked) -> tuple[str, str]:
    return asked.keyed.caller, asked.keyed.key


def _answer_to(asked: _Asked, result: Moved | Refusal) -> Answer | Refusal:
    if isinstance(result, Refusal):
        return result
    return Answer(201, asked.show(result).model_dump(mode="json"), names=names_of_movement(result))
