from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.deal_now_out_closed_reason_type_0 import DealNowOutClosedReasonType0
from ..models.deal_now_out_verdict_type_0 import DealNowOutVerdictType0
from ..models.deal_state import DealState

if TYPE_CHECKING:
    from ..models.deal_status_out import DealStatusOut
    from ..models.dispute_now_out import DisputeNowOut
    from ..models.money_out import MoneyOut
    from ..models.proposal_out import ProposalOut
    from ..models.terms_out import TermsOut


T = TypeVar("T", bound="DealNowOut")


@_attrs_define
class DealNowOut:
    """
    Attributes:
        id (str):
        offer_id (None | str):
        contract_id (None | str):
        milestone (int | None):
        buyer_id (str):
        seller_id (str):
        title (str):
        description (str):
        state (DealState):
        verdict (DealNowOutVerdictType0 | None):
        price (MoneyOut):
        terms (TermsOut):
        paid (MoneyOut):
        refunded (MoneyOut):
        left (MoneyOut):
        answer_by (datetime.datetime | None):
        confirmed_at (datetime.datetime | None):
        from_wallet (bool):
        pay_by (datetime.datetime | None):
        created_at (datetime.datetime): RFC 3339, UTC.
        closed_at (datetime.datetime | None):
        closed_reason (DealNowOutClosedReasonType0 | None):
        verdict_at (datetime.datetime | None):
        inspect_by (datetime.datetime | None):
        accepted_at (datetime.datetime | None):
        released_at (datetime.datetime | None):
        final_at (datetime.datetime | None):
        flagged_at (datetime.datetime | None):
        status (DealStatusOut | None):
        payments (list[str]):
        now (datetime.datetime): RFC 3339, UTC.
        cancellation (None | ProposalOut):
        extension (None | ProposalOut):
        dispute (DisputeNowOut | None):
    """

    id: str
    offer_id: None | str
    contract_id: None | str
    milestone: int | None
    buyer_id: str
    seller_id: str
    title: str
    description: str
    state: DealState
    verdict: DealNowOutVerdictType0 | None
    price: MoneyOut
    terms: TermsOut
    paid: MoneyOut
    refunded: MoneyOut
    left: MoneyOut
    answer_by: datetime.datetime | None
    confirmed_at: datetime.datetime | None
    from_wallet: bool
    pay_by: datetime.datetime | None
    created_at: datetime.datetime
    closed_at: datetime.datetime | None
    closed_reason: DealNowOutClosedReasonType0 | None
    verdict_at: datetime.datetime | None
    inspect_by: datetime.datetime | None
    accepted_at: datetime.datetime | None
    released_at: datetime.datetime | None
    final_at: datetime.datetime | None
    flagged_at: datetime.datetime | None
    status: DealStatusOut | None
    payments: list[str]
    now: datetime.datetime
    cancellation: None | ProposalOut
    extension: None | ProposalOut
    dispute: DisputeNowOut | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.deal_status_out import DealStatusOut
        from ..models.dispute_now_out import DisputeNowOut
        from ..models.proposal_out import ProposalOut

        id = self.id

        offer_id: None | str
        offer_id = self.offer_id

        contract_id: None | str
        contract_id = self.contract_id

        milestone: int | None
        milestone = self.milestone

        buyer_id = self.buyer_id

        seller_id = self.seller_id

        title = self.title

        description = self.description

        state = self.state.value

        verdict: None | str
        if isinstance(self.verdict, DealNowOutVerdictType0):
            verdict = self.verdict.value
        else:
            verdict = self.verdict

        price = self.price.to_dict()

        terms = self.terms.to_dict()

        paid = self.paid.to_dict()

        refunded = self.refunded.to_dict()

        left = self.left.to_dict()

        answer_by: None | str
        if isinstance(self.answer_by, datetime.datetime):
            answer_by = self.answer_by.isoformat()
        else:
            answer_by = self.answer_by

        confirmed_at: None | str
        if isinstance(self.confirmed_at, datetime.datetime):
            confirmed_at = self.confirmed_at.isoformat()
        else:
            confirmed_at = self.confirmed_at

        from_wallet = self.from_wallet

        pay_by: None | str
        if isinstance(self.pay_by, datetime.datetime):
            pay_by = self.pay_by.isoformat()
        else:
            pay_by = self.pay_by

        created_at = self.created_at.isoformat()

        closed_at: None | str
        if isinstance(self.closed_at, datetime.datetime):
            closed_at = self.closed_at.isoformat()
        else:
            closed_at = self.closed_at

        closed_reason: None | str
        if isinstance(self.closed_reason, DealNowOutClosedReasonType0):
            closed_reason = self.closed_reason.value
        else:
            closed_reason = self.closed_reason

        verdict_at: None | str
        if isinstance(self.verdict_at, datetime.datetime):
            verdict_at = self.verdict_at.isoformat()
        else:
            verdict_at = self.verdict_at

        inspect_by: None | str
        if isinstance(self.inspect_by, datetime.datetime):
            inspect_by = self.inspect_by.isoformat()
        else:
            inspect_by = self.inspect_by

        accepted_at: None | str
        if isinstance(self.accepted_at, datetime.datetime):
            accepted_at = self.accepted_at.isoformat()
        else:
            accepted_at = self.accepted_at

        released_at: None | str
        if isinstance(self.released_at, datetime.datetime):
            released_at = self.released_at.isoformat()
        else:
            released_at = self.released_at

        final_at: None | str
        if isinstance(self.final_at, datetime.datetime):
            final_at = self.final_at.isoformat()
        else:
            final_at = self.final_at

        flagged_at: None | str
        if isinstance(self.flagged_at, datetime.datetime):
            flagged_at = self.flagged_at.isoformat()
        else:
            flagged_at = self.flagged_at

        status: dict[str, Any] | None
        if isinstance(self.status, DealStatusOut):
            status = self.status.to_dict()
        else:
            status = self.status

        payments = self.payments

        now = self.now.isoformat()

        cancellation: dict[str, Any] | None
        if isinstance(self.cancellation, ProposalOut):
            cancellation = self.cancellation.to_dict()
        else:
            cancellation = self.cancellation

        extension: dict[str, Any] | None
        if isinstance(self.extension, ProposalOut):
            extension = self.extension.to_dict()
        else:
            extension = self.extension

        dispute: dict[str, Any] | None
        if isinstance(self.dispute, DisputeNowOut):
            dispute = self.dispute.to_dict()
        else:
            dispute = self.dispute

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "offer_id": offer_id,
                "contract_id": contract_id,
                "milestone": milestone,
                "buyer_id": buyer_id,
                "seller_id": seller_id,
                "title": title,
                "description": description,
                "state": state,
                "verdict": verdict,
                "price": price,
                "terms": terms,
                "paid": paid,
                "refunded": refunded,
                "left": left,
                "answer_by": answer_by,
                "confirmed_at": confirmed_at,
                "from_wallet": from_wallet,
                "pay_by": pay_by,
                "created_at": created_at,
                "closed_at": closed_at,
                "closed_reason": closed_reason,
                "verdict_at": verdict_at,
                "inspect_by": inspect_by,
                "accepted_at": accepted_at,
                "released_at": released_at,
                "final_at": final_at,
                "flagged_at": flagged_at,
                "status": status,
                "payments": payments,
                "now": now,
                "cancellation": cancellation,
                "extension": extension,
                "dispute": dispute,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.deal_status_out import DealStatusOut
        from ..models.dispute_now_out import DisputeNowOut
        from ..models.money_out import MoneyOut
        from ..models.proposal_out import ProposalOut
        from ..models.terms_out import TermsOut

        d = dict(src_dict)
        id = d.pop("id")

        def _parse_offer_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        offer_id = _parse_offer_id(d.pop("offer_id"))

        def _parse_contract_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        contract_id = _parse_contract_id(d.pop("contract_id"))

        def _parse_milestone(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        milestone = _parse_milestone(d.pop("milestone"))

        buyer_id = d.pop("buyer_id")

        seller_id = d.pop("seller_id")

        title = d.pop("title")

        description = d.pop("description")

        state = DealState(d.pop("state"))

        def _parse_verdict(data: object) -> DealNowOutVerdictType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                verdict_type_0 = DealNowOutVerdictType0(data)

                return verdict_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DealNowOutVerdictType0 | None, data)

        verdict = _parse_verdict(d.pop("verdict"))

        price = MoneyOut.from_dict(d.pop("price"))

        terms = TermsOut.from_dict(d.pop("terms"))

        paid = MoneyOut.from_dict(d.pop("paid"))

        refunded = MoneyOut.from_dict(d.pop("refunded"))

        left = MoneyOut.from_dict(d.pop("left"))

        def _parse_answer_by(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                answer_by_type_0 = datetime.datetime.fromisoformat(data)

                return answer_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        answer_by = _parse_answer_by(d.pop("answer_by"))

        def _parse_confirmed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                confirmed_at_type_0 = datetime.datetime.fromisoformat(data)

                return confirmed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        confirmed_at = _parse_confirmed_at(d.pop("confirmed_at"))

        from_wallet = d.pop("from_wallet")

        def _parse_pay_by(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                pay_by_type_0 = datetime.datetime.fromisoformat(data)

                return pay_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        pay_by = _parse_pay_by(d.pop("pay_by"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_closed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                closed_at_type_0 = datetime.datetime.fromisoformat(data)

                return closed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        closed_at = _parse_closed_at(d.pop("closed_at"))

        def _parse_closed_reason(data: object) -> DealNowOutClosedReasonType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                closed_reason_type_0 = DealNowOutClosedReasonType0(data)

                return closed_reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DealNowOutClosedReasonType0 | None, data)

        closed_reason = _parse_closed_reason(d.pop("closed_reason"))

        def _parse_verdict_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                verdict_at_type_0 = datetime.datetime.fromisoformat(data)

                return verdict_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        verdict_at = _parse_verdict_at(d.pop("verdict_at"))

        def _parse_inspect_by(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                inspect_by_type_0 = datetime.datetime.fromisoformat(data)

                return inspect_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        inspect_by = _parse_inspect_by(d.pop("inspect_by"))

        def _parse_accepted_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                accepted_at_type_0 = datetime.datetime.fromisoformat(data)

                return accepted_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        accepted_at = _parse_accepted_at(d.pop("accepted_at"))

        def _parse_released_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                released_at_type_0 = datetime.datetime.fromisoformat(data)

                return released_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        released_at = _parse_released_at(d.pop("released_at"))

        def _parse_final_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                final_at_type_0 = datetime.datetime.fromisoformat(data)

                return final_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        final_at = _parse_final_at(d.pop("final_at"))

        def _parse_flagged_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                flagged_at_type_0 = datetime.datetime.fromisoformat(data)

                return flagged_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        flagged_at = _parse_flagged_at(d.pop("flagged_at"))

        def _parse_status(data: object) -> DealStatusOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                status_type_0 = DealStatusOut.from_dict(data)

                return status_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DealStatusOut | None, data)

        status = _parse_status(d.pop("status"))

        payments = cast(list[str], d.pop("payments"))

        now = datetime.datetime.fromisoformat(d.pop("now"))

        def _parse_cancellation(data: object) -> None | ProposalOut:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                cancellation_type_0 = ProposalOut.from_dict(data)

                return cancellation_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ProposalOut, data)

        cancellation = _parse_cancellation(d.pop("cancellation"))

        def _parse_extension(data: object) -> None | ProposalOut:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                extension_type_0 = ProposalOut.from_dict(data)

                return extension_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ProposalOut, data)

        extension = _parse_extension(d.pop("extension"))

        def _parse_dispute(data: object) -> DisputeNowOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                dispute_type_0 = DisputeNowOut.from_dict(data)

                return dispute_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DisputeNowOut | None, data)

        dispute = _parse_dispute(d.pop("dispute"))

        deal_now_out = cls(
            id=id,
            offer_id=offer_id,
            contract_id=contract_id,
            milestone=milestone,
            buyer_id=buyer_id,
            seller_id=seller_id,
            title=title,
            description=description,
            state=state,
            verdict=verdict,
            price=price,
            terms=terms,
            paid=paid,
            refunded=refunded,
            left=left,
            answer_by=answer_by,
            confirmed_at=confirmed_at,
            from_wallet=from_wallet,
            pay_by=pay_by,
            created_at=created_at,
            closed_at=closed_at,
            closed_reason=closed_reason,
            verdict_at=verdict_at,
            inspect_by=inspect_by,
            accepted_at=accepted_at,
            released_at=released_at,
            final_at=final_at,
            flagged_at=flagged_at,
            status=status,
            payments=payments,
            now=now,
            cancellation=cancellation,
            extension=extension,
            dispute=dispute,
        )

        return deal_now_out
