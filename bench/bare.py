"""A deal and a payment that do nothing: the steps and events of the real ones, without rows or a bank.

Only what a history contains is kept: each activity, signal, timer, upsert and current details of one deal that is paid
in one part. `bench.histories` asserts that each event type occurs as often as in a real deal.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from temporalio import activity, workflow
from temporalio.client import Client

from workflows.attributes import DEAL_STATE, PAYMENT_STATE
from workflows.latch import Latch
from workflows.policies import BANK

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


@dataclass(frozen=True)
class Step:
    """A step that leads to `state`; `mails` is the payment whose code is then awaited, `signals` a workflow to wake."""

    state: str
    mails: str = ""
    signals: str = ""


class BareActivities:
    """Steps without a row or a bank. They signal as the product's do: through the client, at their end."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @activity.defn
    async def take(self, step: Step) -> View:
        """Says to the driver, by a line on standard output, that a code is awaited; wakes another workflow."""
        if step.mails:
            sys.stdout.write(f"{MAILED}{step.mails}\n")
            sys.stdout.flush()
        if step.signals:
            await self._client.get_workflow_handle(step.signals).signal("wake")
        return View(step.state)

    @activity.defn
    async def look(self, view: View) -> View:
        return view


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
        self._latch.arm()
        self._shown(View("awaiting_payment"))
        await self._latch.wait("payment deadline", at_most_s=PAY_WITHIN_S)
        await self._assess("funded")
        await self._latch.wait("money on its way")
        return await self._assess("completed")

    async def _assess(self, state: str) -> View:
        self._latch.arm()
        view = await workflow.execute_activity_method(
            BareActivities.look, View(state), summary="where does the deal stand?", **BANK
        )
        return self._shown(view)

    def _shown(self, view: View) -> View:
        workflow.set_current_details(f"### {view.state}")
        workflow.upsert_search_attributes([DEAL_STATE.value_set(view.state)])
        return view


@workflow.defn(name="BarePayment")
class BarePayment:
    @workflow.init
    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._latch = Latch()
        self._state = ""

    @workflow.signal
    def wake(self) -> None:
        self._latch.set()

    @workflow.run
    async def run(self, pair: Pair) -> View:
        await self._take(Step("awaiting_code", mails=pair.payment))
        await self._latch.wait("the payer's code")
        self._shown(View("processing"))
        await self._take(Step("releasing", signals=pair.deal))
        await self._take(Step("releasing"))
        await self._take(Step("releasing"))
        return await self._take(Step("completed", signals=pair.deal))

    async def _take(self, step: Step) -> View:
        self._latch.arm()
        view = await workflow.execute_activity_method(BareActivities.take, step, summary=step.state, **BANK)
        return self._shown(view)

    def _shown(self, view: View) -> View:
        workflow.set_current_details(f"### {view.state}")
        if view.state != self._state:
            self._state = view.state
            workflow.upsert_search_attributes([PAYMENT_STATE.value_set(view.state)])
        return view
