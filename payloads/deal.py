"""What a deal's workflow and its activities write to Temporal's history: references and public facts, no secrets."""

from __future__ import annotations

from dataclasses import dataclass, field

from payloads.step import StepInput


@dataclass(frozen=True)
class DealOrder:
    """Starts a deal's workflow. Amounts are texts for people (`500.00 RUB`), times are RFC 3339 UTC.

    `fresh`: nothing has happened since it was bought or proposed, and there is nothing to look at. `answer_by` is set
    while a service deal awaits its seller's answer.
    """

    deal_id: str
    buyer_id: str
    seller_id: str
    currency: str
    price: str
    pay_by: str
    fresh: bool = False
    answer_by: str | None = None


@dataclass(frozen=True)
class DealRef(StepInput):
    """`pay_by` is the deadline that is shown: when it has moved, payments learn of it too."""

    deal_id: str
    pay_by: str | None = None


@dataclass(frozen=True)
class CloseDeal(StepInput):
    """Closes a deal to new money; `reason` is one of domain.deals.CloseReason."""

    deal_id: str
    reason: str


@dataclass(frozen=True)
class DealView:
    """A deal's state after a transaction under its lock.

    `wait_s` is the time until the deadline to answer or to pay, the end of the inspection, or what a dispute waits for
    is overdue, by the market database's clock, None when none runs; `answer_by` and `inspect_by` are those times while
    they run. `dispute` is what an open dispute waits for (`domain.disputes.Awaited`), `answers` the party that may
    answer it, `due_by` until when.
    `clawbacks` are the ids of refunds that the deal waits for; `unresolved` lists payments whose bank owes a final
    answer, `unfinished` the first whose money is still moving. `closing`: all has moved, and the deal ends once its
    closing statement balances; `differences` says, in words, what kept it from that. `money` says, in words, at which
    bank money is while it is under way, and at the deal's end who has it.
    """

    deal_id: str
    state: str
    verdict: str | None = None
    wait_s: float | None = None
    held: str = ""
    price: str = ""
    pay_by: str = ""
    unresolved: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    open: bool = False
    final: bool = False
    flagged: bool = False
    closing: bool = False
    inspect_by: str | None = None
    clawbacks: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    answer_by: str | None = None
    dispute: str | None = None
    answers: str | None = None
    due_by: str | None = None
    money: list[str] = field(default_factory=list)
