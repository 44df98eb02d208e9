from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.proposal_out_by import ProposalOutBy

T = TypeVar("T", bound="ProposalOut")


@_attrs_define
class ProposalOut:
    """A proposal of one party that the other has not agreed to yet.

    Attributes:
        by (ProposalOutBy):
        at (datetime.datetime): RFC 3339, UTC.
        reason (None | str):
        pay_by (datetime.datetime | None):
    """

    by: ProposalOutBy
    at: datetime.datetime
    reason: None | str
    pay_by: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        by = self.by.value

        at = self.at.isoformat()

        reason: None | str
        reason = self.reason

        pay_by: None | str
        if isinstance(self.pay_by, datetime.datetime):
            pay_by = self.pay_by.isoformat()
        else:
            pay_by = self.pay_by

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "by": by,
                "at": at,
                "reason": reason,
                "pay_by": pay_by,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        by = ProposalOutBy(d.pop("by"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

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

        proposal_out = cls(
            by=by,
            at=at,
            reason=reason,
            pay_by=pay_by,
        )

        return proposal_out
