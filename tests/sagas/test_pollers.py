"""Pollers for mails, holds and wallets: cheap while nothing waits, at once when something does, and in nobody's way."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import ActivityEnvironment

from activities import poller as pace
from activities.expiry import ExpiryActivities
from activities.funding import FundingActivities
from activities.mail import MailActivities
from activities.notices import NoticeActivities
from activities.wallet_notices import WalletNoticeActivities
from edge.mailer import Mail, Mailer
from payloads.poller import PollOrder
from store.mail.mails import put_mail
from store.operations.poller import mails_waiting
from tests.fixtures.sagas import Market, eventually
from tests.fixtures.statements import statements_of
from tests.fixtures.temporal import in_real_time
from tests.replay.stories import done_in
from worker import activities_of

SCHEDULED: Final = "activity_task_scheduled_event_attributes"
KINDS = ("Codes", "Mails", "Expiry", "Funding")


@asynccontextmanager
async def _looking_out(market: Market, kind: str) -> AsyncIterator[WorkflowHandle[Any, Any]]:
    with in_real_time(market.environment):
        id_ = f"{kind}-{secrets.token_hex(4)}"
        handle = await market.environment.client.start_workflow(kind, PollOrder(), id=id_, task_queue=market.task_queue)
    yield handle
    await handle.terminate()


async def _put(market: Market, name: str, *, urgent: bool) -> None:
    async with market.database.transaction() as session:
        mail = Mail(f"{name}@example.test", name, "text", "<p>text</p>", f"test/{secrets.token_hex(8)}")
        await put_mail(session, market.sealer, mail, urgent=urgent)


@pytest.mark.parametrize("kind", KINDS)
async def test_while_nothing_waits_a_look_is_one_statement_and_leaves_no_history(
    idle_market: Market, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    market = idle_market
    monkeypatch.setattr(pace, "CODES_EVERY_S", 0.1)
    monkeypatch.setattr(pace, "WALLETS_EVERY_S", 0.1)
    async with market.working(), _looking_out(market, kind) as handle:
        with statements_of(market.database) as seen:
            await eventually(_as_is(seen), lambda now: len(now) >= 25, "twenty-five looks")
        with_deadlines = [number for number, statement in enumerate(seen) if "reminders" in statement]
        gaps = {later - earlier for earlier, later in pairwise(with_deadlines)}
        assert gaps == ({pace.DEADLINES_EVERY} if kind == "Mails" else set())
        assert len(set(seen)) == (2 if kind == "Mails" else 1)
        assert len((await handle.fetch_history()).events) <= 6  # it has started, and waits
        assert await done_in(handle) == []


async def test_a_code_is_handed_on_by_the_next_look_and_no_other_queue_is_touched(idle_market: Market) -> None:
    market = idle_market
    async with market.working(), _looking_out(market, "Codes") as handle, _looking_out(market, "Mails") as other:
        await _put(market, "code", urgent=True)
        names = await eventually(lambda: done_in(handle), lambda now: len(now) >= 2, "the code to be handed on")
        assert names[:2] == ["wait_for_codes", "send_codes"]
        assert await done_in(other) == []


async def test_what_cannot_be_done_now_is_not_found_again_at_once(idle_market: Market) -> None:
    market = idle_market  # it has no mail server
    async with market.working(), _looking_out(market, "Mails") as handle:
        await _put(market, "news", urgent=False)
        await eventually(lambda: done_in(handle), lambda now: "send_mails" in now, "a try")
        await eventually(lambda: _orders(handle), lambda now: len(now) >= 2, "the next poll")
    assert [order["failed"] for order in await _orders(handle)][:2] == [False, True]


async def test_a_worker_that_stops_hands_the_poller_over(idle_market: Market) -> None:
    market = idle_market
    async with market.working():
        started = _looking_out(market, "Codes")
        handle = await started.__aenter__()
        await eventually(lambda: _orders(handle), lambda now: len(now) == 1, "the poll")
    await _put(market, "code", urgent=True)
    async with market.working():
        names = await eventually(lambda: done_in(handle), lambda now: "send_codes" in now, "the code to be handed on")
    await started.__aexit__(None, None, None)
    assert names[0] == "wait_for_codes"
    kinds = {event.event_type for event in (await handle.fetch_history()).events}
    assert not [kind for kind in kinds if "TIMED_OUT" in str(kind)]


@pytest.mark.parametrize(
    ("lasts", "left", "near"),
    [
        (timedelta(hours=8), timedelta(minutes=121), False),
        (timedelta(hours=8), timedelta(minutes=119), True),
        (timedelta(days=10), timedelta(hours=25), False),
        (timedelta(days=10), timedelta(hours=23), True),
        (timedelta(minutes=14), timedelta(minutes=2), False),
    ],
)
async def test_a_deadline_is_near_when_a_quarter_of_the_time_is_left_and_a_day_at_most(
    idle_market: Market, lasts: timedelta, left: timedelta, near: bool
) -> None:
    market = idle_market
    _, _, deal = await market.sale(pay_within_s=int(lasts.total_seconds()))
    await market.set_clock(deal, lasts - left)
    async with market.database.transaction() as session:
        assert (await mails_waiting(session, deadlines=True)).deadlines is near
        assert not (await mails_waiting(session, deadlines=False)).deadlines


def _as_is(seen: list[str]) -> Any:
    async def look() -> list[str]:
        return seen

    return look


async def _orders(handle: WorkflowHandle[Any, Any]) -> list[dict[str, Any]]:
    """With what each poll of a workflow began."""
    found = []
    for one in (await handle.fetch_history()).events:
        if one.HasField(SCHEDULED):
            scheduled = one.activity_task_scheduled_event_attributes
            if scheduled.activity_type.name.startswith("wait_for"):
                found.append(json.loads(scheduled.input.payloads[0].data))
    return found


async def test_all_work_of_pollers_heartbeats_so_that_a_killed_workers_is_taken_over(idle_market: Market) -> None:
    market = idle_market
    url, sealer = "http://127.0.0.1", market.sealer
    bound = [
        MailActivities(market.database, sealer, b"pepper of a test", Mailer(market.mailbox.url, "M <m@x.test>"), url),
        NoticeActivities(market.database, sealer, url),
        WalletNoticeActivities(market.database, sealer, url),
        ExpiryActivities(market.database),
        FundingActivities(market.database, market.sagas),
    ]
    for work in activities_of(*bound):
        environment, beats = ActivityEnvironment(), list[object]()
        environment.on_heartbeat = lambda *_, beats=beats: beats.append(None)
        await environment.run(work)
        assert beats, work.__name__
    async with market.working(), _looking_out(market, "Codes") as handle:
        await _put(market, "code", urgent=True)
        await eventually(lambda: done_in(handle), lambda now: "send_codes" in now, "the code to be handed on")
        events = (await handle.fetch_history()).events
    scheduled = [one.activity_task_scheduled_event_attributes for one in events if one.HasField(SCHEDULED)]
    assert {one.heartbeat_timeout.seconds for one in scheduled} == {10}
