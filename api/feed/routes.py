from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.dependencies import RequiresTenant, ServicesOfApp, Tenant
from api.feed.schemas import FeedEventOut, FeedOut, Shown
from api.feed.views import show_object
from api.fields import IdInPath, Limit
from api.refusals import LISTS, READS
from domain.errors import Malformed
from domain.feed import TYPES
from domain.roles import Scope
from edge.documents import refusing
from edge.wire import MAX_INTEGER
from fronts.paging import PAGE_SIZE, page
from store.operations.feed import event_of, events_after

router = APIRouter(tags=["events"])

Reader = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.EVENTS))]
MAX_TYPES_CHARS = 2000


@router.get("/events", summary="List events", responses=refusing(LISTS, {422: "unknown_event_type"}))
async def list_feed_events(
    caller: Reader,
    services: ServicesOfApp,
    types: Annotated[
        str | None,
        Query(max_length=MAX_TYPES_CHARS, description="Only these, separated by commas: `deal.funded,deal.completed`."),
    ] = None,
    after: Annotated[int, Query(ge=0, le=MAX_INTEGER, description="`number` of the last event that was read.")] = 0,
    limit: Limit = PAGE_SIZE,
    with_objects: Annotated[bool, Query(description="Also shows each object, as it is now.")] = False,
) -> FeedOut:
    """What has happened in the marketplace, in the order of numbers, which have no gaps. No event is ever inserted
    before one that was read: who reads on after the last number misses nothing.
    """
    wanted = types_of(types)
    async with services.replica.snapshot() as session:
        found = await events_after(session, caller.marketplace_id, after, limit + 1, wanted)
        listed, last = page(found, limit)
        objects: dict[UUID, Shown] = {}
        for event in listed if with_objects else ():
            if event.object_id not in objects:
                shown = await show_object(session, caller.marketplace_id, event.noun, event.object_id)
                objects[event.object_id] = shown
    items = [FeedEventOut.of(event, objects.get(event.object_id)) for event in listed]
    return FeedOut(items=items, next=None if last is None else last.number)


@router.get("/events/{event_id}", summary="Get an event", responses=refusing(READS, {404: "unknown_event"}))
async def get_feed_event(event_id: IdInPath, caller: Reader, services: ServicesOfApp) -> FeedEventOut:
    """One event, with its object as it is now."""
    async with services.database.snapshot() as session:
        event = await event_of(session, caller.marketplace_id, event_id)
        return FeedEventOut.of(event, await show_object(session, caller.marketplace_id, event.noun, event.object_id))


def types_of(text: str | None) -> frozenset[str]:
    """The types named in a query; none for all. Raises `Malformed` unknown_event_type."""
    wanted = frozenset((text or "").split(",")) - {""}
    if unknown := sorted(wanted - TYPES):
        raise Malformed("unknown_event_type", f"There is no event of the type {unknown[0][:60]}.", "types")
    return wanted
