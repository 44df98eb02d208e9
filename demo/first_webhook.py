"""On a stack that is up: a new marketplace, its endpoint, and the first event, verified; with the seconds of each.

`python -m demo.first_webhook FOLDER` with the stack's folder; `.ci/first-hour` runs it in a fresh clone.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Final
from uuid import UUID

from holdfast_client.api.offers import create_offer
from holdfast_client.api.users import create_user
from holdfast_client.models.feed_event_out import FeedEventOut
from holdfast_client.models.money_in import MoneyIn
from holdfast_client.models.offer_in import OfferIn
from holdfast_client.models.user_in import UserIn

from demo.market import Market
from demo.webhooks import WITHIN_S, listening
from demo.world import issue

PAY_WITHIN_S: Final = 3600


async def first_webhook(api: str, key: str) -> FeedEventOut:
    """The first event that a new marketplace with this key is sent: about an offer. Raises `TimeoutError`."""
    market = Market(api, key)
    try:
        async with asyncio.timeout(WITHIN_S), listening(market) as listener:
            seller = await market.make(create_user.asyncio_detailed, body=UserIn("Anna", "anna@shop.example"))
            offer = OfferIn(UUID(seller.id), "A walnut desk", "", MoneyIn("9000.00", "RUB"), PAY_WITHIN_S)
            await market.make(create_offer.asyncio_detailed, body=offer)
            await listener.some.wait()
            return listener.events[0]
    finally:
        await market.aclose()


async def main(folder: Path) -> None:
    environment = json.loads((folder / "environment.json").read_text())["console"]
    began = time.monotonic()
    key = await issue(environment, "marketplace", "A first shop")
    made = time.monotonic()
    event = await first_webhook(environment["HOLDFAST_PUBLIC_URL"], key)
    print(f"{made - began:.1f} a marketplace and its key")
    print(f"{time.monotonic() - made:.1f} an endpoint, and the first event: {event.type_}, verified")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
