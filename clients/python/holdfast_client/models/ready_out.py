from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    Self,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ReadyOut")


@_attrs_define
class ReadyOut:
    """
    Attributes:
        status (Literal['ok'] | Unset):  Default: 'ok'.
        notices (list[str] | None | Unset): For operators: what is wrong, although the program does all that it should.
        replica_behind_s (float | None | Unset): How many seconds the replica for lists is behind; absent without one,
            or without an answer.
    """

    status: Literal["ok"] | Unset = "ok"
    notices: list[str] | None | Unset = UNSET
    replica_behind_s: float | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        notices: list[str] | None | Unset
        if isinstance(self.notices, Unset):
            notices = UNSET
        elif isinstance(self.notices, list):
            notices = self.notices

        else:
            notices = self.notices

        replica_behind_s: float | None | Unset
        if isinstance(self.replica_behind_s, Unset):
            replica_behind_s = UNSET
        else:
            replica_behind_s = self.replica_behind_s

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if status is not UNSET:
            field_dict["status"] = status
        if notices is not UNSET:
            field_dict["notices"] = notices
        if replica_behind_s is not UNSET:
            field_dict["replica_behind_s"] = replica_behind_s

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        status = cast(Literal["ok"] | Unset, d.pop("status", UNSET))
        if status != "ok" and not isinstance(status, Unset):
            raise ValueError(f"status must match const 'ok', got '{status}'")

        def _parse_notices(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                notices_type_0 = cast(list[str], data)

                return notices_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        notices = _parse_notices(d.pop("notices", UNSET))

        def _parse_replica_behind_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        replica_behind_s = _parse_replica_behind_s(d.pop("replica_behind_s", UNSET))

        ready_out = cls(
            status=status,
            notices=notices,
            replica_behind_s=replica_behind_s,
        )

        return ready_out
