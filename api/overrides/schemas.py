from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.fields import Id, Moment, MoneyIn, MoneyOut, PageOut
from domain.errors import Malformed
from domain.money import Money
from domain.overrides import STEP_NAME, OverrideKind, OverrideState, Result
from edge.wire import Said, Timestamp, Wire, utc, utc_or_none
from store.deals.deals import Deal
from store.deals.stuck import Stuck, What
from store.operations.checkpoint import behind_words
from store.operations.redrive_runs import LastRedrive
from store.payments.overrides import Asked, Override

Sentence = Annotated[Said, Field(min_length=1, max_length=1000)]
StepText = Annotated[str, Field(pattern=STEP_NAME, examples=["debit/1"])]


class OverrideIn(Wire):
    """An operator's request for a payment or a deal, with its reason. No codes and no secrets: it is kept for ever."""

    kind: Literal["ask", "force", "release", "refund", "split", "extend"]
    deal_id: Id | None = None
    payment_id: Id | None = None
    reason: Sentence
    """If it decides a dispute, both parties read it then."""
    evidence: Sentence | None = None
    """The evidence: for a forced result, and for what both parties have agreed on."""
    step: StepText | None = None
    """The step whose unknown result is forced: name and number."""
    result: Literal["done", "refused"] | None = None
    amount: MoneyIn | None = None
    """The amount that goes back to the buyer, for a refund or split of a deal; without it a refund returns all that is
    left.
    """
    pay_by: Annotated[Timestamp | None, Field(json_schema_extra={"format": "date-time"})] = None

    def asked(self) -> Asked:
        """Raises `Malformed` missing_field, invalid_field, bad_amount, unknown_currency."""
        if (self.deal_id is None) == (self.payment_id is None):
            raise Malformed("missing_field", "An override is of one deal or of one payment.", "payment_id")
        kind = OverrideKind(self.kind)
        for name, given, kinds in (
            ("step", self.step, {OverrideKind.FORCE}),
            ("result", self.result, {OverrideKind.FORCE}),
            ("pay_by", self.pay_by, {OverrideKind.EXTEND}),
            ("amount", self.amount, {OverrideKind.REFUND, OverrideKind.SPLIT}),
        ):
            if given is not None and kind not in kinds:
                raise Malformed("invalid_field", f"This is no part of the override `{kind}`.", name)
        return Asked(
            kind=kind,
            reason=self.reason,
            evidence=self.evidence,
            step=self.step,
            result=None if self.result is None else Result(self.result),
            amount=None if self.amount is None else self.amount.money("amount"),
            pay_by=self.pay_by,
        )


class ApprovalIn(Wire):
    approve: bool


class OverrideOut(Wire):
    id: str
    deal_id: str
    payment_id: str | None
    kind: OverrideKind
    state: OverrideState
    at_stake: MoneyOut
    """Above the market's limit a second person must approve."""
    step: str | None
    result: Result | None
    pay_by: Moment | None
    reason: str
    evidence: str | None
    requested_by: str
    approved_by: str | None
    refused_code: str | None
    created_at: Moment
    approved_at: Moment | None
    tombstone_at: Moment | None
    """When the bank's promise was recorded that a debit forced to be refused will never be done."""
    final_at: Moment | None

    @classmethod
    def of(cls, override: Override, deal: Deal) -> OverrideOut:
        return cls(
            id=str(override.id),
            deal_id=str(override.deal_id),
            payment_id=None if override.payment_id is None else str(override.payment_id),
            kind=OverrideKind(override.kind),
            state=OverrideState(override.state),
            at_stake=MoneyOut.of(Money(override.amount_minor, deal.currency)),
            step=None if override.key is None else "/".join(override.key.split("/")[2:]),
            result=None if override.result is None else Result(override.result),
            pay_by=utc_or_none(override.pay_by),
            reason=override.reason,
            evidence=override.evidence,
            requested_by=str(override.requested_by),
            approved_by=None if override.approved_by is None else str(override.approved_by),
            refused_code=override.refused_code,
            created_at=utc(override.created_at),
            approved_at=utc_or_none(override.approved_at),
            tombstone_at=utc_or_none(override.tombstone_at),
            final_at=utc_or_none(override.final_at),
        )


class OverridesOut(PageOut[OverrideOut]):
    pass


class StuckOut(Wire):
    """What needs an operator or takes too long, and since when."""

    what: What
    since: Moment
    deal_id: str | None
    payment_id: str | None
    withdrawal_id: str | None
    """From a wallet to a bank account; it then concerns no deal."""
    awaits: str | None
    """The step that a bank has not answered, or the waiting override."""
    amount: MoneyOut

    @classmethod
    def of(cls, stuck: Stuck) -> StuckOut:
        return cls(
            what=stuck.what,
            since=utc(stuck.since),
            deal_id=None if stuck.deal_id is None else str(stuck.deal_id),
            payment_id=None if stuck.payment_id is None else str(stuck.payment_id),
            withdrawal_id=None if stuck.withdrawal_id is None else str(stuck.withdrawal_id),
            awaits=stuck.awaits,
            amount=MoneyOut.of(stuck.money),
        )


class RedriveOut(Wire):
    """The redriver sends lost signals again: when it last went through everything."""

    ran_at: Moment
    age_s: int
    part: str
    """The part that has not run for the longest time."""
    overdue: bool
    """Lost signals are not found until it runs again: check the worker, and the workflow `redriver`."""

    @classmethod
    def of(cls, last: LastRedrive, overdue_after_s: int) -> RedriveOut:
        overdue = last.overdue(overdue_after_s)
        return cls(ran_at=utc(last.at), age_s=int(last.age_s), part=last.part, overdue=overdue)


class BooksOut(Wire):
    """Whether the market's books are behind the bank's checkpoint, as after a restore from an older copy."""

    behind_since: Moment | None
    """Meanwhile no money is accepted, and the redriver starts nothing."""
    detail: str | None
    """What an operator should do next."""

    @classmethod
    def of(cls, since: datetime | None) -> BooksOut:
        return cls(behind_since=utc_or_none(since), detail=None if since is None else behind_words(since))


class StuckListOut(Wire):
    items: list[StuckOut]
    redriver: RedriveOut
    books: BooksOut
