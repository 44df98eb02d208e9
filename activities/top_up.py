"""A top-up's activity: resuming it from its row, and ending it once all that may have come in time is read."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from temporalio import activity

from activities.steps import Steps
from edge.database import Database
from market import top_ups
from market.signals import Signaller
from payloads.top_up import TopUpRef, TopUpView


class TopUpActivities:
    def __init__(self, database: Database, signaller: Signaller) -> None:
        self._steps = Steps(database, signaller)

    @activity.defn
    async def resume_top_up(self, ref: TopUpRef) -> TopUpView:
        """Ends the top-up if its time to pay is over and its gateway has read everything up to then."""
        return await self._steps.take(partial(top_ups.resume, top_up_id=UUID(ref.top_up_id)))
