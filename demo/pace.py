"""Acts that race a clock: on a machine too slow for them they are repeated with other people and more time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps

from demo.expect import Broken
from demo.market import Deal, NotReached, Refused
from demo.stage import Scene
from demo.world import World, deadline

PACES = (1, 2, 4)  # the cast has enough people for three rounds


class TooSlow(Exception):
    """This machine was too slow for the story; the message says where. It proves nothing either way."""


Act = Callable[[World, Scene], Awaitable[None]]


def at_any_pace(act: Callable[[World, Scene, int], Awaitable[None]]) -> Act:
    """The act with its times multiplied by 1, then 2, then 4, until it succeeds in time. Raises `Broken` in the end."""

    @wraps(act)
    async def played(world: World, scene: Scene) -> None:
        for pace in PACES:
            try:
                return await act(world, scene, pace)
            except TooSlow as slow:
                scene.say(f"[dim]this machine was too slow {slow}; once more, with more time[/]")
        raise Broken("even with four times the time it could not be played")

    return played


@asynccontextmanager
async def before_the_deadline(world: World, deal: Deal, what: str) -> AsyncIterator[None]:
    """For steps before `deal` is paid: raises `TooSlow` when one fails and the deadline has passed."""
    try:
        yield
    except (Broken, NotReached, Refused) as failure:
        if (await world.market.deal(deal.id)).now > deadline(deal):
            raise TooSlow(what) from failure
        raise
