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
from workflows.policies import BANK
from workflows.story import Story

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


@workflow.defn(name="BareDeal")
class BareDeal:
    @workflow.init
    def __init__(self, pair: Pair) -> None:
        self._story = Story(pair)

    @workflow.signal
    def wake(self) -> None:
        self._story.wake()

    @workflow.run
    async def run(self, pair: Pair) -> View:
        self._story.listen()
        await self._story.wait("payment deadline", at_most_s=PAY_WITHIN_S)
        deal: View = await self._story.take(BareActivities.take, Step("completed"), "do books and banks agree?", BANK)
        self._story.show(f"### {deal.state}", (DEAL_STATE, deal.state))
        self._story.publish()
        return deal


@workflow.defn(name="BarePayment")
class BarePayment:
    @workflow.init
    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._story = Story(pair)

    @workflow.signal
    def wake(self) -> None:
        self._story.wake()

    @workflow.run
    async def run(self, pair: Pair) -> View:
        await self._take(Step("awaiting_code", mails=pair.payment))
        await self._story.wait("the payer's code")
        await self._take(Step("releasing"))
        await self._take(Step("releasing"))
        await self._take(Step("releasing"))
        payment = await self._take(Step("completed", signals=pair.deal))
        self._story.publish()
        return payment

    async def _take(self, step: Step) -> View:
        payment: View = await self._story.take(BareActivities.take, step, step.state, BANK)
        self._story.show(f"### {payment.state}", (PAYMENT_STATE, payment.state))
        return payment
