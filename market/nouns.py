"""The registry of nouns with a workflow, one row each: for starting, signalling, redriving and auditing workflows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from domain import keys
from domain.withdrawals import WithdrawalState
from market import starts
from market.starts import Start
from store.deals.deals import Deal
from store.operations import redriver
from store.payments.overrides import Override
from store.payments.payments import Payment
from store.payments.refunds import Refund
from store.wallets.payment_requests import PaymentRequest
from store.wallets.withdrawals import Withdrawal

Row = Deal | Payment | Refund | Override | PaymentRequest | Withdrawal


@dataclass(frozen=True, slots=True)
class Noun:
    """A kind of row that has a workflow until it is final.

    `workflow` is its type, `id` makes the workflow's id from the row's, `start` its input, from Temporal's namespace,
    the row's deal, if it has one, and the row. `due` lists a page of rows to signal (`store.operations.redriver`).
    `optional` is SQL about the row: then the workflow may run, but need not. `may_come_back`: a final row may start it
    once more.
    """

    table: type[Row]
    workflow: str
    id: Callable[[str], str]
    start: Callable[[str, Deal | None, Any], Start]
    due: Callable[..., Any]
    optional: str = "false"
    may_come_back: Callable[[Any], bool] = lambda _: False

    @property
    def name(self) -> str:
        """The name of its table, and of its part of the redriver."""
        return self.table.__tablename__

    def workflow_id(self, row_id: UUID) -> str:
        return self.id(str(row_id))


NOUNS: Final = (
    Noun(Deal, "Deal", keys.deal_workflow, starts.of_deal, redriver.due_deals),
    Noun(Payment, "Payment", keys.payment_workflow, starts.of_payment, redriver.due_payments),
    Noun(
        Refund,
        "Refund",
        keys.refund_workflow,
        starts.of_refund,
        redriver.due_refunds,
        # One that has ended may still compare the closing statement of its deal, or leave that to the next one.
        optional="final_at IS NOT NULL AND compared_at IS NULL",
    ),
    Noun(
        Override,
        "Override",
        keys.override_workflow,
        starts.of_override,
        redriver.due_overrides,
        optional="state = 'proposed'",  # before its approval
    ),
    Noun(
        PaymentRequest,
        "PaymentRequest",
        keys.payment_request_workflow,
        starts.of_payment_request,
        redriver.due_payment_requests,
    ),
    Noun(
        Withdrawal,
        "Withdrawal",
        keys.withdrawal_workflow,
        starts.of_withdrawal,
        redriver.due_withdrawals,
        may_come_back=lambda row: row.state == WithdrawalState.DONE,  # the bank may still return it
    ),
)
NAMES: Final = tuple(noun.name for noun in NOUNS)
_BY_TABLE: Final = {noun.table: noun for noun in NOUNS}


def noun_of(row: Row) -> Noun:
    return _BY_TABLE[type(row)]


def noun_named(name: str) -> Noun:
    """Raises KeyError for an unknown name."""
    return {noun.name: noun for noun in NOUNS}[name]
