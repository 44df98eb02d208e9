"""A deal and a payment that do nothing: the steps and events of the real ones, without rows or a bank.

Only what a history contains is kept: each activity, signal, timer, upsert and current details of one deal that is paid
in one part. `bench.histories` asserts that each event type occurs as often as in a real deal.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from temporalio import activity, workflow

from workflows.attributes import DEAL_STATE, PAYMENT_STATE
from workflows.latch import Latch, wake
from workflows.policies import BANK, TRANSACTION

TASK_QUEUE = "bare"
PAY_WITHIN_S = 600.0
MAILED = "mailed "


@dataclass(frozen=True)
class Pair:
    """The workflow ids of a bare deal and of its payment."""

    deal: str
    payment: str


@dataclass(frozen=True)
class View:
    """The state of a bare deal or payment."""

    state: str


@activity.defn
async def nothing(view: View) -> View:
    return view


@activity.defn
async def look(view: View) -> View:
    return view


@activity.defn
async def look_and_mail(payment: str) -> View:
    """Reports to the driver, by a line on standard output, that its signal is awaited."""
    sys.stdout.write(f"{MAILED}{payment}\n")
    sys.stdout.flush()
    return View("awaiting_code")


@workflow.defn(name="BareDeal")
class BareDeal:
    @workflow.init
    def __init__(self, pair: Pair) -> None:
        self._latch = Latch()

    @workflow.signal
    def wake(self) -> None:
        self._latch.set()

    @workflow.run
    async def run(self, pair: Pair) -> View:
        await self._assess("awaiting_payment")
        await self._latch.wait("payment deadline", at_most_s=PAY_WITHIN_S)
        await self._assess("funded")
        await wake(pair.payment)
        await self._latch.wait("money on its way")
        view = await self._assess("funded", news=False)
        answer = await workflow.execute_activity(nothing, view, summary="every operation of this deal", **BANK)
        await workflow.execute_activity(nothing, answer, summary="does the closing statement balance?", **TRANSACTION)
        return await self._assess("completed")

    async def _assess(self, state: str, *, news: bool = True) -> View:
        self._latch.arm()
        view = await workflow.execute_activity(look, View(state), summary="what is next?", **TRANSACTION)
        workflow.set_current_details(f"### {view.state}")
        if news:
            workflow.upsert_search_attributes([DEAL_STATE.value_set(view.state)])
        return view


@workflow.defn(name="BarePayment")
class BarePayment:
    @workflow.init
    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._latch = Latch()

    @workflow.signal
    def wake(self) -> None:
        self._latch.set()

    @workflow.run
    async def run(self, pair: Pair) -> View:
        await self._look("opening")
        await self._ask("open")
        await self._look("opening", news=False)
        await self._ask("code")
        await self._look_and_mail()
        await self._latch.wait("the payer's code")
        await self._look("processing")
        await self._ask("debit")
        await wake(pair.deal)
        await self._look("held")
        await self._latch.wait("the deal's decision")
        await self._look("releasing")
        for step in ("capture", "credit", "commission"):
            await self._ask(step)
        view = await self._look("completed")
        await wake(pair.deal)
        return view

    async def _ask(self, step: str) -> None:
        """A question to a bank, and the record of its answer."""
        answer = await workflow.execute_activity(nothing, View(step), summary=f"{step} 1", **BANK)
        await workflow.execute_activity(nothing, answer, **TRANSACTION)

    async def _look(self, state: str, *, news: bool = True) -> View:
        self._latch.arm()
        view = await workflow.execute_activity(look, View(state), summary="what is next?", **TRANSACTION)
        return self._shown(view, news=news)

    async def _look_and_mail(self) -> None:
        self._latch.arm()
        self._shown(await workflow.execute_activity(look_and_mail, self._pair.payment, **TRANSACTION))

    def _shown(self, view: View, *, news: bool = True) -> View:
        workflow.set_current_details(f"### {view.state}")
        if news:
            workflow.upsert_search_attributes([PAYMENT_STATE.value_set(view.state)])
        return view
