"""The activity that funds service deals from the wallets that they wait for."""

from __future__ import annotations

from functools import partial
from typing import Final

import structlog
from temporalio import activity

from activities.steps import Steps
from edge.database import Database, is_outage
from market.service_deals import look_at_wallet
from market.signals import Signaller
from rails.asking import beating
from store.wallets.funding import next_with_news

log = structlog.get_logger()

MAX_LOOKS: Final = 2_000  # a run then ends within its time-out, and the next one continues


class FundingActivities:
    def __init__(self, database: Database, signaller: Signaller) -> None:
        self._database = database
        self._steps = Steps(database, signaller)

    @activity.defn
    async def fund_deals(self) -> int:
        """Looks at each wallet with news, again and again while this makes more; returns how many looks there were.

        A wallet at which it fails is logged and left to the next run.
        """
        looks, failed = 0, set[int]()
        async with beating():
            while looks < MAX_LOOKS:
                async with self._database.reading() as session:
                    account_id = await next_with_news(session, failed)
                if account_id is None:
                    break
                try:
                    looks += await self._steps.take(partial(look_at_wallet, account_id=account_id))
                except Exception as error:
                    if is_outage(error):
                        raise
                    log.exception("wallet_not_looked_at", account=account_id)
                    failed.add(account_id)
        return looks
