"""A short run of the growth benchmark: what it says of copies, deadlines and parts is so, and its page is whole.

On the same stack, before: two workers and two API programs share the work and do nothing twice.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import TypeVar
from uuid import UUID
from xml.etree import ElementTree

import pytest
import pytest_asyncio
from holdfast_client.api.codes import submit_code
from holdfast_client.api.payments import create_payment
from holdfast_client.models.code_in import CodeIn
from holdfast_client.models.payment_in import PaymentIn
from holdfast_client.models.payment_out import PaymentOut
from holdfast_client.models.submit_code_late_problem import SubmitCodeLateProblem
from holdfast_client.models.submitted_out import SubmittedOut
from sqlalchemy import text

from bench import cpu, growth_page
from bench.growth import measure
from bench.growth_figures import saved
from bench.growth_page import BEGIN, COST_PLOT, END, LATENCY_PLOT, PAGE, PROGRAMS_PLOT
from bench.growth_stand import WITHIN_S, Stand
from bench.market import MarketLoad
from bench.options import Options
from demo.market import Ask
from demo.world import command
from domain import keys
from tests.whole.conftest import Whole

T = TypeVar("T")
DEALS = 6
OPTIONS = {"payments": 1, "clients": 1, "closed": 3, "real": 4, "deadlines": 3, "parts": 2, "idle_s": 0.2}


pytestmark = pytest.mark.timeout(1800)  # a whole stack, on however busy a machine


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def made(whole: Whole) -> Stand:
    return whole.stand


async def test_two_of_each_share_the_work_and_do_nothing_twice(made: Stand) -> None:
    """Each request comes twice at once, over connections of their own: to either API program."""
    await made.grow_programs(2)
    before = cpu.used_s(made.parts)
    load, earlier = await made.load(DEALS), await _payments(made)
    payments = await asyncio.gather(*(_paid_twice(made, load) for _ in range(DEALS)))
    for payment in payments:
        await made.world.market.until_payment(payment, "completed", within_s=WITHIN_S)

    served = cpu.less(cpu.used_s(made.parts), before)
    assert min(served["api"], served["api 2"]) > 0.1 * (served["api"] + served["api 2"])
    workers = {f"{pid}@" for name, pid in made.parts.items() if name.startswith("worker")}
    assert {worker.partition("@")[0] + "@" for worker in await _workers_of(made, payments)} == workers
    assert sorted(await _payments(made) - earlier) == sorted(payments)
    assert "0 violations" in await command(made.world.environment, "audit")  # market, banks and Temporal agree


async def _payments(made: Stand) -> set[str]:
    async with made.database.transaction() as session:
        return set(await session.scalars(text("SELECT id::text FROM payments")))


async def _paid_twice(made: Stand, load: MarketLoad) -> str:
    paid = await load.bought()
    async with paid.buyer.busy:
        source = PaymentIn(account_id=UUID(paid.buyer.account_id))
        asked: PaymentOut = await _twice(made, create_payment.asyncio_detailed, paid.deal, source)
        code = CodeIn(await made.world.code(paid.buyer))
        _: SubmittedOut | SubmitCodeLateProblem = await _twice(made, submit_code.asyncio_detailed, asked.id, code)
    return asked.id


async def _twice(made: Stand, ask: Ask[T], id_: str, body: object) -> T:
    """The one answer that both callers get."""
    key, url = secrets.token_urlsafe(16), made.started.urls["api"]
    callers = [made.world.market.at(url) for _ in range(2)]
    try:
        first, second = await asyncio.gather(*(caller.make(ask, id_, body=body, key=key) for caller in callers))
    finally:
        await asyncio.gather(*(caller.aclose() for caller in callers))
    assert first == second
    return first


async def _workers_of(made: Stand, payments: list[str]) -> set[str]:
    """The identities of those that took up the workflows of payments."""
    found: set[str] = set()
    for payment in payments:
        async for event in made.client.get_workflow_handle(keys.payment_workflow(payment)).fetch_history_events():
            if event.HasField("workflow_task_started_event_attributes"):
                found.add(event.workflow_task_started_event_attributes.identity)
    return found


async def test_a_short_run_measures_every_size_and_writes_its_page(made: Stand, tmp_path: Path) -> None:
    (tmp_path / PAGE).write_text(f"# Ours\n\n{BEGIN}\nold\n{END}\n\nAlso ours.\n")
    options = Options(**OPTIONS, open=[2, 6], programs=[2], samples=1, lead_s=4.0, folder=str(tmp_path))
    await measure(made, options, tmp_path)
    growth_page.write(saved(tmp_path), tmp_path)

    found = saved(tmp_path)
    assert [(cost.open, cost.asleep, cost.closed) for cost in found.costs] == [(2, 2, 0), (2, 2, 3), (6, 4, 3)]
    assert all(cost.statements > cost.commits > 0 for cost in found.costs)
    assert [cost.programs for cost in found.programs] == [2]
    assert [redrive.open for redrive in found.redrives] == [2]
    assert found.deadlines is not None
    assert 0 < found.deadlines.half_s <= found.deadlines.all_s
    assert found.parts is not None
    assert found.parts.parts == 2

    page = (tmp_path / PAGE).read_text()
    assert page.startswith(f"# Ours\n\n{BEGIN}\n| | |")
    assert page.endswith(f"{END}\n\nAlso ours.\n")
    assert "old" not in page
    for name in (COST_PLOT, LATENCY_PLOT, PROGRAMS_PLOT):
        drawn = (tmp_path / name).read_text()
        assert name in page
        assert ElementTree.fromstring(drawn).tag.endswith("svg")
        assert "<script" not in drawn
