from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="GatewayDataOut")


@_attrs_define
class GatewayDataOut:
    """How to pay. `usdt_tron`: exactly `amount` to `address`; `uri` and `qr_svg` say both to a wallet app.

    `bank_transfer`: to `account` of `payee` at bank `bank_id`, with its name and requisite; `reference` goes into the
    details.

        Attributes:
            amount (MoneyOut):
            pay_by (datetime.datetime): RFC 3339, UTC.
            address (None | str):
            uri (None | str):
            qr_svg (None | str): `uri` as a QR code: an SVG element.
            account (None | str):
            bank_id (int | None):
            bank (None | str):
            requisite (None | str):
            payee (None | str):
            reference (None | str):
    """

    amount: MoneyOut
    pay_by: datetime.datetime
    address: None | str
    uri: None | str
    qr_svg: None | str
    account: None | str
    bank_id: int | None
    bank: None | str
    requisite: None | str
    payee: None | str
    reference: None | str

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount.to_dict()

        pay_by = self.pay_by.isoformat()

        address: None | str
        address = self.address

        uri: None | str
        uri = self.uri

        qr_svg: None | str
        qr_svg = self.qr_svg

        account: None | str
        account = self.account

        bank_id: int | None
        bank_id = self.bank_id

        bank: None | str
        bank = self.bank

        requisite: None | str
        requisite = self.requisite

        payee: None | str
        payee = self.payee

        reference: None | str
        reference = self.reference

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "amount": amount,
                "pay_by": pay_by,
                "address": address,
                "uri": uri,
                "qr_svg": qr_svg,
                "account": account,
                "bank_id": bank_id,
                "bank": bank,
                "requisite": requisite,
                "payee": payee,
                "reference": reference,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        amount = MoneyOut.from_dict(d.pop("amount"))

        pay_by = datetime.datetime.fromisoformat(d.pop("pay_by"))

        def _parse_address(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        address = _parse_address(d.pop("address"))

        def _parse_uri(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        uri = _parse_uri(d.pop("uri"))

        def _parse_qr_svg(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        qr_svg = _parse_qr_svg(d.pop("qr_svg"))

        def _parse_account(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        account = _parse_account(d.pop("account"))

        def _parse_bank_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        bank_id = _parse_bank_id(d.pop("bank_id"))

        def _parse_bank(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        bank = _parse_bank(d.pop("bank"))

        def _parse_requisite(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        requisite = _parse_requisite(d.pop("requisite"))

        def _parse_payee(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        payee = _parse_payee(d.pop("payee"))

        def _parse_reference(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reference = _parse_reference(d.pop("reference"))

        gateway_data_out = cls(
            amount=amount,
            pay_by=pay_by,
            address=address,
            uri=uri,
            qr_svg=qr_svg,
            account=account,
            bank_id=bank_id,
            bank=bank,
            requisite=requisite,
            payee=payee,
            reference=reference,
        )

        return gateway_data_out
