"""The registry of nouns with a workflow, one row each: for starting, signalling, redriving and auditing workflows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, false, or_

from domain import keys
from domain.overrides import OverrideState
from domain.withdrawals import WithdrawalState
from market import deals, forced_results, payment_requests, payments, refunds, sweeps, top_ups, webhooks, withdrawals
from market.starts import Start
from store.base import WorkflowRow
from store.chain.sweeps import Sweep
from store.deals.deals import Deal
from store.operations import idle
from store.operations.redriver import SELDOM, Due, since_last_signal
from store.operations.webhooks import WebhookEndpoint
from store.payments.overrides import Override
from store.payments.payments import Payment
from store.payments.refunds import Refund
from store.wallets.payment_requests import PaymentRequest
from store.wallets.top_ups import TopUp
from store.wallets.withdrawals import Withdrawal


@dataclass(frozen=True, slots=True)
class Noun:
    """A kind of row that has a workflow until it is final.

    `workflow` is its type. `start` makes its input from Temporal's namespace, the row's deal, if it has one, and the
    row. `due` says which rows are signalled. `optional` is SQL about the row: then the workflow may run, but need not.
    `may_come_back`: a final row may start it once more.
    """

    table: type[WorkflowRow]
    workflow: str
    start: Callable[[str, Deal | None, Any], Start]
    due: Due
    optional: str = "false"
    may_come_back: Callable[[Any], bool] = lambda _: False

    @property
    def name(self) -> str:
        """The name of its table, and of its part of the redriver."""
        name: str = self.table.__tablename__
        return name

    def workflow_id(self, row_id: UUID | str) -> str:
        return keys.workflow_id(self.workflow, str(row_id))

    def row_ids(self, workflow_ids: Iterable[str]) -> list[UUID]:
        """The ids of the rows of this noun to which any of these workflows belong."""
        start = self.workflow_id("")
        return [UUID(id_.removeprefix(start)) for id_ in workflow_ids if id_.startswith(start)]


# A decision may end one at once, and its workflow must learn of it.
_ended_since = {row: row.final_at >= since_last_signal(row) for row in (PaymentRequest, TopUp, Withdrawal)}

NOUNS: Final = (
    Noun(Deal, "Deal", deals.start, Due(Deal, idle.DEAL, Deal.final_at.is_(None))),
    Noun(
        Payment,
        "Payment",
        payments.start,
        Due(Payment, idle.PAYMENT, Payment.final_at.is_(None), of_deals=Payment.deal_id == Deal.id),
    ),
    Noun(
        Refund,
        "Refund",
        refunds.start,
        # One that has ended is due until its ended deal's closing statement has been compared again.
        Due(
            Refund,
            idle.REFUND,
            and_(Refund.compared_at.is_(None), or_(Refund.final_at.is_(None), Deal.final_at.is_not(None))),
            at_once=and_(Refund.compared_at.is_(None), idle.NEXT_REFUND),
            must_run=and_(Refund.compared_at.is_(None), Refund.final_at.is_(None)),
            of_deals=Refund.deal_id == Deal.id,
        ),
        # It may do that itself, or leave it to the next refund.
        optional="final_at IS NOT NULL AND compared_at IS NULL",
    ),
    Noun(
        Override,
        "Override",
        forced_results.start,
        Due(
            Override,
            idle.OVERRIDE,
            and_(Override.final_at.is_(None), Override.state != OverrideState.PROPOSED),
            of_deals=Override.deal_id == Deal.id,
        ),
        optional="state = 'proposed'",  # before its approval
    ),
    Noun(
        PaymentRequest,
        "PaymentRequest",
        payment_requests.start,
        Due(
            PaymentRequest,
            idle.PAYMENT_REQUEST,
            PaymentRequest.final_at.is_(None),
            SELDOM,
            at_once=_ended_since[PaymentRequest],
        ),
    ),
    Noun(
        Withdrawal,
        "Withdrawal",
        withdrawals.start,
        Due(Withdrawal, idle.WITHDRAWAL, Withdrawal.final_at.is_(None), SELDOM, at_once=_ended_since[Withdrawal]),
        may_come_back=lambda row: row.state == WithdrawalState.DONE,  # the bank may still return it
    ),
    Noun(
        TopUp,
        "TopUp",
        top_ups.start,
        Due(TopUp, idle.TOP_UP, TopUp.final_at.is_(None), SELDOM, at_once=_ended_since[TopUp]),
    ),
    Noun(Sweep, "Sweep", sweeps.start, Due(Sweep, false(), Sweep.final_at.is_(None), SELDOM)),
    Noun(
        WebhookEndpoint,
        "WebhookEndpoint",
        webhooks.start,
        Due(WebhookEndpoint, idle.WEBHOOK_ENDPOINT, WebhookEndpoint.final_at.is_(None), must_run=false()),
        optional="true",  # while something is to be delivered
        may_come_back=lambda _: True,
    ),
)
NAMES: Final = tuple(noun.name for noun in NOUNS)
_BY_TABLE: Final = {noun.table: noun for noun in NOUNS}


def noun_of(row: WorkflowRow) -> Noun:
    return _BY_TABLE[type(row)]


def noun_named(name: str) -> Noun:
    """Raises KeyError for an unknown name."""
    return {noun.name: noun for noun in NOUNS}[name]
