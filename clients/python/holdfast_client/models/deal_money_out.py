from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut
    from ..models.payment_money_out import PaymentMoneyOut
    from ..models.refund_money_out import RefundMoneyOut
    from ..models.words_out import WordsOut


T = TypeVar("T", bound="DealMoneyOut")


@_attrs_define
class DealMoneyOut:
    """
    Attributes:
        deal_id (str):
        status_text (WordsOut): The status text: what is awaited, from whom, until when, and what happens otherwise.
        price (MoneyOut):
        payments (list[PaymentMoneyOut]):
        refunds (list[RefundMoneyOut]):
    """

    deal_id: str
    status_text: WordsOut
    price: MoneyOut
    payments: list[PaymentMoneyOut]
    refunds: list[RefundMoneyOut]

    def to_dict(self) -> dict[str, Any]:
        deal_id = self.deal_id

        status_text = self.status_text.to_dict()

        price = self.price.to_dict()

        payments = []
        for payments_item_data in self.payments:
            payments_item = payments_item_data.to_dict()
            payments.append(payments_item)

        refunds = []
        for refunds_item_data in self.refunds:
            refunds_item = refunds_item_data.to_dict()
            refunds.append(refunds_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "deal_id": deal_id,
                "status_text": status_text,
                "price": price,
                "payments": payments,
                "refunds": refunds,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut
        from ..models.payment_money_out import PaymentMoneyOut
        from ..models.refund_money_out import RefundMoneyOut
        from ..models.words_out import WordsOut

        d = dict(src_dict)
        deal_id = d.pop("deal_id")

        status_text = WordsOut.from_dict(d.pop("status_text"))

        price = MoneyOut.from_dict(d.pop("price"))

        payments = []
        _payments = d.pop("payments")
        for payments_item_data in _payments:
            payments_item = PaymentMoneyOut.from_dict(payments_item_data)

            payments.append(payments_item)

        refunds = []
        _refunds = d.pop("refunds")
        for refunds_item_data in _refunds:
            refunds_item = RefundMoneyOut.from_dict(refunds_item_data)

            refunds.append(refunds_item)

        deal_money_out = cls(
            deal_id=deal_id,
            status_text=status_text,
            price=price,
            payments=payments,
            refunds=refunds,
        )

        return deal_money_out
