"""Webhooks: endpoints of marketplaces, and the outbox of messages to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_update
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.models import Webhook, WebhookEndpoint
from bank.service.rules.webhooks import GIVE_UP_AFTER_S, backoff_s
from domain.errors import NotFound

LEASE_S: Final = 20  # above a call's time-out: nobody else tries a webhook that is being delivered
# One round trip answers for an idle bank, which asks twice a second.
ANY_DUE: Final = (
    "SELECT EXISTS (SELECT FROM webhooks"
    " WHERE delivered_at IS NULL AND given_up_at IS NULL AND due_at <= clock_timestamp())"
)
_OPEN: Final = (Webhook.delivered_at.is_(None), Webhook.given_up_at.is_(None))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A webhook to deliver now. `tries` counts this one; no `url` when there is no address."""

    id: int
    bank_id: int
    caller: str
    key: str
    operation: str | None
    status: str
    created_at: datetime
    now: datetime
    tries: int
    url: str | None
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one try: `failure` None is delivered; `gone`: the address accepts no more."""

    claimed: Claimed
    failure: str | None = None
    gone: bool = False
    hopeless: bool = False


async def register(session: AsyncSession, caller: str, url: str, sealed: bytes) -> WebhookEndpoint:
    """From now on the caller's webhooks go to `url`, signed with the secret that is `sealed`."""
    values = {"url": url, "sealed": sealed, "registered_at": func.clock_timestamp(), "gone_at": None}
    statement = insert_or_update(WebhookEndpoint).values(caller=caller, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["caller"], set_=values))
    return await endpoint_of(session, caller)


async def endpoint_of(session: AsyncSession, caller: str) -> WebhookEndpoint:
    """Raises `NotFound` `no_webhook_endpoint`."""
    found = await session.get(WebhookEndpoint, caller, populate_existing=True)
    if found is None:
        raise NotFound("no_webhook_endpoint", "No webhook endpoint is registered.")
    return found


def secret_context(caller: str) -> str:
    return f"webhook-secret/{caller}"


async def notify_of_funding(session: AsyncSession, bank_id: int, number: str, deposit: str) -> None:
    """Notifies all marketplaces that money came to the operator's account `number`: something may wait for it."""
    message = {"bank_id": bank_id, "key": f"funding/{number}/{deposit}", "status": "funded"}
    for caller in await session.scalars(select(WebhookEndpoint.caller).where(WebhookEndpoint.gone_at.is_(None))):
        await session.execute(insert(Webhook).values(**message, caller=caller))


async def due(session: AsyncSession, limit: int, each_caller: int) -> list[int]:
    """Ids of webhooks to deliver now: the longest due ones of each caller, at most `each_caller`, in turn."""
    turn = func.row_number().over(partition_by=Webhook.caller, order_by=(Webhook.due_at, Webhook.id))
    waiting = select(Webhook.id, Webhook.due_at, turn.label("turn"))
    waiting = waiting.where(*_OPEN, Webhook.due_at <= func.clock_timestamp())
    each = waiting.subquery()
    chosen = select(each.c.id).where(each.c.turn <= each_caller)
    return list(await session.scalars(chosen.order_by(each.c.turn, each.c.due_at, each.c.id).limit(limit)))


async def claim(session: AsyncSession, number: int) -> Claimed | None:
    """Takes a due webhook for `LEASE_S` seconds; None when there is nothing to deliver."""
    now = func.clock_timestamp()
    taken = await session.scalar(
        update(Webhook)
        .where(Webhook.id == number, *_OPEN, Webhook.due_at <= now)
        .values(due_at=in_seconds(LEASE_S), tries=Webhook.tries + 1)
        .returning(Webhook),
        execution_options={"synchronize_session": False},
    )
    if taken is None:
        return None
    address = await session.get(WebhookEndpoint, taken.caller)
    called = address is not None and address.gone_at is None
    return Claimed(
        id=taken.id,
        bank_id=taken.bank_id,
        caller=taken.caller,
        key=taken.key,
        operation=taken.operation,
        status=taken.status,
        created_at=taken.created_at,
        now=await session.scalar(select(now)) or taken.created_at,
        tries=taken.tries,
        url=address.url if address is not None and called else None,
        sealed=address.sealed if address is not None and called else None,
    )


async def conclude(session: AsyncSession, outcome: Outcome) -> None:
    """Records the result of a try. A delivery releases the swapped ones before it."""
    claimed, now = outcome.claimed, func.clock_timestamp()
    values: dict[str, Any] = {"failure": outcome.failure}
    too_old = (claimed.now - claimed.created_at).total_seconds() > GIVE_UP_AFTER_S
    if outcome.failure is None:
        values |= {"delivered_at": now}
    elif outcome.hopeless or outcome.gone or too_old:
        values |= {"given_up_at": now}
    else:
        values |= {"due_at": in_seconds(backoff_s(claimed.tries))}
    await session.execute(update(Webhook).where(Webhook.id == claimed.id, *_OPEN).values(values))
    if outcome.gone:
        mine = (WebhookEndpoint.caller == claimed.caller, WebhookEndpoint.url == claimed.url)
        await session.execute(update(WebhookEndpoint).where(*mine).values(gone_at=now))
    if outcome.failure is None:
        before = (
            swapped(claimed.bank_id).where(Webhook.id < claimed.id).with_for_update(skip_locked=True, key_share=True)
        )
        await session.execute(update(Webhook).where(Webhook.id.in_(before)).values(swapped=False, due_at=now))


async def defer(session: AsyncSession, number: int) -> None:
    """A webhook whose try failed unexpectedly: again when a lease would be over, and given up as late as any."""
    late = Webhook.created_at < in_seconds(-GIVE_UP_AFTER_S)
    values = {
        "failure": "failed unexpectedly",
        "due_at": in_seconds(LEASE_S),
        "given_up_at": case((late, func.clock_timestamp()), else_=None),
    }
    await session.execute(update(Webhook).where(Webhook.id == number, *_OPEN).values(values))


def swapped(bank_id: int) -> Select[int]:
    """Webhooks of a bank that wait for its next one."""
    return select(Webhook.id).where(Webhook.bank_id == bank_id, Webhook.swapped, *_OPEN)


def in_seconds(seconds: float) -> ColumnElement[Any]:
    return func.clock_timestamp() + text(f"interval '{int(seconds * 1000)} milliseconds'")
