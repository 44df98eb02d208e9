"""Numbering the events of marketplaces, so that they can be read in order, and waking the endpoints that want them.

One activity looks every second, and writes nothing to Temporal's history meanwhile.
"""

from __future__ import annotations

from typing import Final

from temporalio import activity

from activities.failpoints import AFTER_COMMIT, reach
from activities.poller import LASTS_S, now_s, stops_within
from edge.database import Database
from market.feed import number_all
from market.signals import Signaller, send
from payloads.poller import EventsNumbered, PollOrder
from rails.asking import beating

LOOK_EVERY_S: Final = 1.0  # how late a marketplace learns of something


class FeedActivities:
    def __init__(self, database: Database, signaller: Signaller, *, lasts_s: float = LASTS_S) -> None:
        self._database = database
        self._signaller = signaller
        self._lasts_s = lasts_s

    @activity.defn
    async def keep_feeds(self, order: PollOrder) -> EventsNumbered:
        """Numbers what is committed, again and again, until the worker stops or ten minutes have passed."""
        events, ends_at = 0, now_s() + self._lasts_s
        async with beating():
            while True:
                stopping = await stops_within(LOOK_EVERY_S)
                if stopping or now_s() >= ends_at:
                    return EventsNumbered(events=events)
                some, signals = await number_all(self._database)
                if some:
                    reach(AFTER_COMMIT)
                events += some
                for signal in signals:
                    await send(self._signaller, signal)
