"""The feed of a marketplace: events get their numbers, and are shown."""

from __future__ import annotations

from typing import Any, Final

from domain.feed import VERSION, Noun, shown_id
from edge.database import Database
from edge.wire import utc
from market.signals import Signal
from store.operations.feed import FeedEvent, number_events, unnumbered
from store.operations.webhooks import fan_out

# By the first part of the name under which a caller's idempotency keys are kept. Operators have no id outside.
_ACTORS: Final = {
    "marketplace": "marketplace",
    "user": "user",
    "pages": "user",
    "checkout-link": "user",
    "operator": "operator",
}
_NAMED: Final = frozenset({"marketplace", "user", "pages"})
AT_ONCE: Final = 1000  # events of one transaction: some 20 ms


async def number_all(database: Database) -> tuple[int, list[Signal]]:
    """Numbers what has been committed, marketplace after marketplace, with a delivery for each endpoint that wants it.

    Returns how many events, and the workflows to signal. What commits meanwhile has its turn the next time.
    """
    done, signals = 0, list[Signal]()
    async with database.reading() as session:
        waiting = await unnumbered(session)
    for marketplace_id in waiting:
        some = AT_ONCE
        while some == AT_ONCE:
            async with database.transaction() as session:
                before, last = await number_events(session, marketplace_id, AT_ONCE)
                signals += [Signal(endpoint) for endpoint in await fan_out(session, marketplace_id, before, last)]
            some = last - before
            done += some
    return done, signals


def shown_event(event: FeedEvent) -> dict[str, Any]:
    """A numbered event as the feed and webhooks show it: what never changes."""
    kind, _, id_ = (event.caller or "").partition("/")
    return {
        "id": str(event.id),
        "type": event.type,
        "api_version": VERSION,
        "timestamp": utc(event.created_at),
        "number": event.number,
        "actor": {"type": _ACTORS.get(kind, "system"), "id": id_ if kind in _NAMED else None},
        "data": {
            "noun": Noun(event.noun),
            "id": shown_id(Noun(event.noun), event.object_id),
            "state": event.state,
            "deal_id": None if event.deal_id is None else str(event.deal_id),
        },
    }
