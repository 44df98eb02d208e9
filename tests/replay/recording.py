"""Plays stories and keeps their histories. No test: `python -m tests.replay.record` runs it, on the tests' fixtures."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Protocol

from tests.fixtures.sagas import Market
from tests.replay import histories
from tests.replay.stories import Story
from tests.replay.watched import WatchedMarket


class Order(Protocol):
    """Which version of which story is kept; the command's plugin gives it."""

    story: Story
    version: int
    replace: bool
    written: list[Path]


async def record_story(order: Order, market: Market) -> None:
    watched = WatchedMarket.over(market)
    ids = await order.story.play(watched)
    fetched = {part: await histories.closed_history(watched, workflow_id) for part, workflow_id in ids.items()}
    ends = {part: histories.end_of(history) for part, history in fetched.items()}
    assert ends == order.story.ends, ends
    banned = watched.secrets | {socket.gethostname()}
    order.written += histories.keep(order.story.name, order.version, fetched, banned, replace=order.replace)
