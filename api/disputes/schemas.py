from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from api.deals.schemas import DisputeNowOut, dispute_opened
from api.fields import Moment, MoneyIn, MoneyOut, PageOut, PartyIn
from domain.agreements import Party
from domain.disputes import MAX_LINK, MAX_STATEMENT, MAX_WHY, DisputeState, EntryKind, Ruling, ruling_of
from domain.errors import Malformed
from domain.limits import MAX_REASON
from domain.money import Money
from domain.overrides import OverrideKind
from edge.characters import LINK
from edge.wire import Said, Wire, utc, utc_or_none
from store.deals.deals import Deal
from store.deals.disputes import Dispute, Entry, back_of, standing_offers
from store.payments.overrides import Asked

Statement = Annotated[Said, Field(min_length=1, max_length=MAX_STATEMENT)]
# https alone: a reader's browser sends nothing over an open line.
Link = Annotated[str, Field(max_length=MAX_LINK, pattern=LINK, examples=["https://example.org/photo.jpg"])]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
By = Literal["buyer", "seller"]


class DisputeIn(PartyIn):
    reason: Annotated[Said, Field(min_length=1, max_length=MAX_REASON)]


class StatementIn(PartyIn):
    text: Statement
    link: Link | None = None
    """Where evidence for it can be seen."""


class OfferToSettleIn(PartyIn):
    back: MoneyIn
    """What goes back to the buyer; the rest of the price is the seller's."""
    text: Statement | None = None


class UndisputedPartIn(PartyIn):
    amount: MoneyIn
    """What the seller is paid now, of the price; the commission is taken out of it."""
    text: Statement | None = None


class RulingIn(Wire):
    """The arbiter's decision, with its reason for both parties. No codes and no secrets: it is kept for ever."""

    ruling: Literal["release", "refund", "split"]
    amount: MoneyIn | None = None
    """What goes back to the buyer when the price is split."""
    reason: Annotated[Said, Field(min_length=1, max_length=MAX_WHY)]
    """Both parties read it once the dispute is decided."""
    entries: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None
    """How many statements and offers were read: with others since, the decision is refused as `page_outdated`."""

    def asked(self) -> Asked:
        """Raises `Malformed` missing_field, invalid_field, bad_amount, unknown_currency."""
        if self.amount is not None and self.ruling != "split":
            raise Malformed("invalid_field", "Only a split has an amount.", "amount")
        amount = None if self.amount is None else self.amount.money("amount")
        return Asked(OverrideKind(self.ruling), self.reason, amount=amount)


class OfferToSettleOut(Wire):
    number: int
    at: Moment
    back: MoneyOut
    """What would go back to the buyer."""
    text: str | None

    @classmethod
    def of(cls, offer: Entry, deal: Deal) -> OfferToSettleOut:
        back = Money(offer.back_minor or 0, deal.currency)
        return cls(number=offer.number, at=utc(offer.at), back=MoneyOut.of(back), text=offer.said)


class EntryOut(Wire):
    """What a party has added: a statement, evidence, an offer, or what became of one. It never changes."""

    number: int
    kind: EntryKind
    by: By
    at: Moment
    text: str | None
    link: str | None
    back: MoneyOut | None
    undisputed: MoneyOut | None
    """What the buyer has had paid to the seller: of the kind `part_released`."""
    about: int | None
    """The number of the offer that is withdrawn or accepted."""


class DisputeOut(DisputeNowOut):
    """A dispute and the offers that stand."""

    deal_id: str
    state: DisputeState
    answered_at: Moment | None
    """When the other party added something for the first time."""
    escalated_at: Moment | None
    """When the time to decide was over: another arbiter decides."""
    ended_at: Moment | None
    ruling: Ruling | None
    back: MoneyOut | None
    """What went back to the buyer, if it was settled or decided."""
    disputed: MoneyOut
    """What it is about: the price, less an undisputed part that was released."""
    buyers_offer: OfferToSettleOut | None
    sellers_offer: OfferToSettleOut | None


class WholeDisputeOut(DisputeOut):
    """A dispute with everything that both parties have added, in order."""

    entries: list[EntryOut]
    decision_reason: str | None
    """Why it was decided so, as the arbiter wrote it for both parties; None unless an arbiter decided it."""


class ArbiterDisputeOut(WholeDisputeOut):
    """The same as operators see it."""

    arbiter_id: str | None
    """The operator who has taken it."""
    replaced_id: str | None
    """The operator who had taken it before and was too late."""


def dispute_out(dispute: Dispute, deal: Deal, entries: Sequence[Entry]) -> DisputeOut:
    return DisputeOut.model_validate(_fields(dispute, deal, entries))


def whole_dispute_out(
    dispute: Dispute, deal: Deal, entries: Sequence[Entry], why: str | None, *, for_operator: bool
) -> WholeDisputeOut:
    """`why` is the reason of an arbiter's decision."""
    fields = _fields(dispute, deal, entries)
    fields |= {"entries": [_entry(entry, deal) for entry in entries], "decision_reason": why}
    if not for_operator:
        return WholeDisputeOut.model_validate(fields)
    fields |= {
        "arbiter_id": None if dispute.arbiter_id is None else str(dispute.arbiter_id),
        "replaced_id": None if dispute.replaced_id is None else str(dispute.replaced_id),
    }
    return ArbiterDisputeOut.model_validate(fields)


def _fields(dispute: Dispute, deal: Deal, entries: Sequence[Entry]) -> dict[str, object]:
    offers = standing_offers(entries, deal.disputed) if dispute.is_open else {}
    back = back_of(dispute, deal)
    return {
        **dispute_opened(dispute),
        "deal_id": str(deal.id),
        "state": DisputeState(dispute.state),
        "answered_at": utc_or_none(dispute.answered_at),
        "escalated_at": utc_or_none(dispute.escalated_at),
        "ended_at": utc_or_none(dispute.ended_at),
        "ruling": None if back is None else ruling_of(back.minor, deal.price_minor),
        "back": None if back is None else MoneyOut.of(back),
        "disputed": MoneyOut.of(deal.disputed),
        **{f"{party}s_offer": None for party in Party},
        **{f"{party}s_offer": OfferToSettleOut.of(offer, deal) for party, offer in offers.items()},
    }


def _entry(entry: Entry, deal: Deal) -> EntryOut:
    back = back_of(entry, deal)
    return EntryOut.model_validate(
        {
            "number": entry.number,
            "kind": EntryKind(entry.kind),
            "by": entry.by,
            "at": utc(entry.at),
            "text": entry.said,
            "link": entry.link,
            "back": None if back is None else MoneyOut.of(back),
            "undisputed": None
            if entry.undisputed_minor is None
            else MoneyOut.of(Money(entry.undisputed_minor, deal.currency)),
            "about": entry.about,
        }
    )


class OpenDisputeOut(Wire):
    """A dispute that has not ended."""

    id: str
    deal_id: str
    marketplace_id: str
    title: str
    price: MoneyOut
    buyer_id: str
    seller_id: str
    by: By
    reason: str
    since: Moment
    answer_by: Moment
    answered_at: Moment | None
    decide_by: Moment
    escalated_at: Moment | None
    arbiter_id: str | None

    @classmethod
    def of(cls, dispute: Dispute, deal: Deal) -> OpenDisputeOut:
        return cls.model_validate(
            {
                "id": str(dispute.id),
                "deal_id": str(deal.id),
                "marketplace_id": str(deal.marketplace_id),
                "title": deal.title,
                "price": MoneyOut.of(deal.price),
                "buyer_id": str(deal.buyer_id),
                "seller_id": str(deal.seller_id),
                "by": dispute.opened_by,
                "reason": dispute.reason,
                "since": utc(dispute.opened_at),
                "answer_by": utc(dispute.answer_by),
                "answered_at": utc_or_none(dispute.answered_at),
                "decide_by": utc(dispute.decide_by),
                "escalated_at": utc_or_none(dispute.escalated_at),
                "arbiter_id": None if dispute.arbiter_id is None else str(dispute.arbiter_id),
            }
        )


class OpenDisputesOut(PageOut[OpenDisputeOut]):
    pass
