from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.outgoing_state import OutgoingState
from ..models.purpose import Purpose

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="OutgoingOut")


@_attrs_define
class OutgoingOut:
    """One number of what was to be sent. `amount` is in USDT, or in TRX for gas; `fee` is what the chain has burnt.

    Attributes:
        id (str):
        about (str):
        number (int):
        purpose (Purpose): The signer's words: each has its sender, and what it may pay to whom.
        state (OutgoingState):
        from_address (None | str):
        to_address (str):
        amount (MoneyOut):
        fee (MoneyOut | None):
        txid (None | str):
        block (int | None):
        result (None | str):
        answer (None | str):
        created_at (datetime.datetime): RFC 3339, UTC.
        expires_at (datetime.datetime | None):
        limited_until (datetime.datetime | None):
        flagged_at (datetime.datetime | None):
        final_at (datetime.datetime | None):
    """

    id: str
    about: str
    number: int
    purpose: Purpose
    state: OutgoingState
    from_address: None | str
    to_address: str
    amount: MoneyOut
    fee: MoneyOut | None
    txid: None | str
    block: int | None
    result: None | str
    answer: None | str
    created_at: datetime.datetime
    expires_at: datetime.datetime | None
    limited_until: datetime.datetime | None
    flagged_at: datetime.datetime | None
    final_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut

        id = self.id

        about = self.about

        number = self.number

        purpose = self.purpose.value

        state = self.state.value

        from_address: None | str
        from_address = self.from_address

        to_address = self.to_address

        amount = self.amount.to_dict()

        fee: dict[str, Any] | None
        if isinstance(self.fee, MoneyOut):
            fee = self.fee.to_dict()
        else:
            fee = self.fee

        txid: None | str
        txid = self.txid

        block: int | None
        block = self.block

        result: None | str
        result = self.result

        answer: None | str
        answer = self.answer

        created_at = self.created_at.isoformat()

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        limited_until: None | str
        if isinstance(self.limited_until, datetime.datetime):
            limited_until = self.limited_until.isoformat()
        else:
            limited_until = self.limited_until

        flagged_at: None | str
        if isinstance(self.flagged_at, datetime.datetime):
            flagged_at = self.flagged_at.isoformat()
        else:
            flagged_at = self.flagged_at

        final_at: None | str
        if isinstance(self.final_at, datetime.datetime):
            final_at = self.final_at.isoformat()
        else:
            final_at = self.final_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "about": about,
                "number": number,
                "purpose": purpose,
                "state": state,
                "from_address": from_address,
                "to_address": to_address,
                "amount": amount,
                "fee": fee,
                "txid": txid,
                "block": block,
                "result": result,
                "answer": answer,
                "created_at": created_at,
                "expires_at": expires_at,
                "limited_until": limited_until,
                "flagged_at": flagged_at,
                "final_at": final_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        id = d.pop("id")

        about = d.pop("about")

        number = d.pop("number")

        purpose = Purpose(d.pop("purpose"))

        state = OutgoingState(d.pop("state"))

        def _parse_from_address(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        from_address = _parse_from_address(d.pop("from_address"))

        to_address = d.pop("to_address")

        amount = MoneyOut.from_dict(d.pop("amount"))

        def _parse_fee(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                fee_type_0 = MoneyOut.from_dict(data)

                return fee_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        fee = _parse_fee(d.pop("fee"))

        def _parse_txid(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        txid = _parse_txid(d.pop("txid"))

        def _parse_block(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        block = _parse_block(d.pop("block"))

        def _parse_result(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        result = _parse_result(d.pop("result"))

        def _parse_answer(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        answer = _parse_answer(d.pop("answer"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_expires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        expires_at = _parse_expires_at(d.pop("expires_at"))

        def _parse_limited_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                limited_until_type_0 = datetime.datetime.fromisoformat(data)

                return limited_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        limited_until = _parse_limited_until(d.pop("limited_until"))

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

        outgoing_out = cls(
            id=id,
            about=about,
            number=number,
            purpose=purpose,
            state=state,
            from_address=from_address,
            to_address=to_address,
            amount=amount,
            fee=fee,
            txid=txid,
            block=block,
            result=result,
            answer=answer,
            created_at=created_at,
            expires_at=expires_at,
            limited_until=limited_until,
            flagged_at=flagged_at,
            final_at=final_at,
        )

        return outgoing_out
