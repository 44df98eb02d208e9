from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.resolution_state import ResolutionState
from ..models.resolutions_way import ResolutionsWay

T = TypeVar("T", bound="ResolutionOut")


@_attrs_define
class ResolutionOut:
    """
    Attributes:
        id (str):
        incoming_transfer_id (str):
        way (ResolutionsWay):
        wallet_id (None | str):
        top_up_id (None | str):
        reason (str):
        state (ResolutionState):
        requested_by (str):
        decided_by (None | str):
        refused_code (None | str):
        flagged (bool):
        created_at (datetime.datetime): RFC 3339, UTC.
        decided_at (datetime.datetime | None):
        final_at (datetime.datetime | None):
    """

    id: str
    incoming_transfer_id: str
    way: ResolutionsWay
    wallet_id: None | str
    top_up_id: None | str
    reason: str
    state: ResolutionState
    requested_by: str
    decided_by: None | str
    refused_code: None | str
    flagged: bool
    created_at: datetime.datetime
    decided_at: datetime.datetime | None
    final_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        incoming_transfer_id = self.incoming_transfer_id

        way = self.way.value

        wallet_id: None | str
        wallet_id = self.wallet_id

        top_up_id: None | str
        top_up_id = self.top_up_id

        reason = self.reason

        state = self.state.value

        requested_by = self.requested_by

        decided_by: None | str
        decided_by = self.decided_by

        refused_code: None | str
        refused_code = self.refused_code

        flagged = self.flagged

        created_at = self.created_at.isoformat()

        decided_at: None | str
        if isinstance(self.decided_at, datetime.datetime):
            decided_at = self.decided_at.isoformat()
        else:
            decided_at = self.decided_at

        final_at: None | str
        if isinstance(self.final_at, datetime.datetime):
            final_at = self.final_at.isoformat()
        else:
            final_at = self.final_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "incoming_transfer_id": incoming_transfer_id,
                "way": way,
                "wallet_id": wallet_id,
                "top_up_id": top_up_id,
                "reason": reason,
                "state": state,
                "requested_by": requested_by,
                "decided_by": decided_by,
                "refused_code": refused_code,
                "flagged": flagged,
                "created_at": created_at,
                "decided_at": decided_at,
                "final_at": final_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        incoming_transfer_id = d.pop("incoming_transfer_id")

        way = ResolutionsWay(d.pop("way"))

        def _parse_wallet_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        wallet_id = _parse_wallet_id(d.pop("wallet_id"))

        def _parse_top_up_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        top_up_id = _parse_top_up_id(d.pop("top_up_id"))

        reason = d.pop("reason")

        state = ResolutionState(d.pop("state"))

        requested_by = d.pop("requested_by")

        def _parse_decided_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        decided_by = _parse_decided_by(d.pop("decided_by"))

        def _parse_refused_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        refused_code = _parse_refused_code(d.pop("refused_code"))

        flagged = d.pop("flagged")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_decided_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                decided_at_type_0 = datetime.datetime.fromisoformat(data)

                return decided_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        decided_at = _parse_decided_at(d.pop("decided_at"))

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

        resolution_out = cls(
            id=id,
            incoming_transfer_id=incoming_transfer_id,
            way=way,
            wallet_id=wallet_id,
            top_up_id=top_up_id,
            reason=reason,
            state=state,
            requested_by=requested_by,
            decided_by=decided_by,
            refused_code=refused_code,
            flagged=flagged,
            created_at=created_at,
            decided_at=decided_at,
            final_at=final_at,
        )

        return resolution_out
