"""The JSON of a deal's events."""

from __future__ import annotations

from api.fields import Moment
from domain.statuses import Setter
from edge.wire import Wire, utc
from store.deals.statuses import EVENT as STATUS_SET
from store.payments.events import Event


class EventOut(Wire):
    """Something that happened to a deal, or to one of its payments."""

    at: Moment
    type: str
    payment_id: str | None
    status: str | None
    """The status that was set, of a `deal.status_set`."""
    by: Setter | None
    """Who set it."""


class OperatorEventOut(EventOut):
    number: int
    data: dict[str, object]


class EventsOut(Wire):
    items: list[OperatorEventOut | EventOut]
    next: int | None


def event_out(event: Event, *, for_operator: bool) -> EventOut:
    status = event.data if event.type == STATUS_SET else {}
    shown = {
        "at": utc(event.created_at),
        "type": event.type,
        "payment_id": str(event.payment_id) if event.payment_id else None,
        "status": status.get("status"),
        "by": Setter(str(status["by"])) if status else None,
    }
    if not for_operator:
        return EventOut.model_validate(shown)
    return OperatorEventOut.model_validate(shown | {"number": event.number, "data": event.data})
