from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.submit_code_late_problem_code import SubmitCodeLateProblemCode
from ..types import UNSET, Unset

T = TypeVar("T", bound="SubmitCodeLateProblem")


@_attrs_define
class SubmitCodeLateProblem:
    """A code submitted after the deadline, or after the deal was closed: stored, and never sent to the bank.

    Attributes:
        type_ (str):
        title (str):
        status (int):
        code (SubmitCodeLateProblemCode):
        detail (str):
        request_id (str):
        submitted_at (str):
        pay_by (str):
        field (None | str | Unset):
    """

    type_: str
    title: str
    status: int
    code: SubmitCodeLateProblemCode
    detail: str
    request_id: str
    submitted_at: str
    pay_by: str
    field: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        title = self.title

        status = self.status

        code = self.code.value

        detail = self.detail

        request_id = self.request_id

        submitted_at = self.submitted_at

        pay_by = self.pay_by

        field: None | str | Unset
        if isinstance(self.field, Unset):
            field = UNSET
        else:
            field = self.field

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "title": title,
                "status": status,
                "code": code,
                "detail": detail,
                "request_id": request_id,
                "submitted_at": submitted_at,
                "pay_by": pay_by,
            }
        )
        if field is not UNSET:
            field_dict["field"] = field

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        type_ = d.pop("type")

        title = d.pop("title")

        status = d.pop("status")

        code = SubmitCodeLateProblemCode(d.pop("code"))

        detail = d.pop("detail")

        request_id = d.pop("request_id")

        submitted_at = d.pop("submitted_at")

        pay_by = d.pop("pay_by")

        def _parse_field(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        field = _parse_field(d.pop("field", UNSET))

        submit_code_late_problem = cls(
            type_=type_,
            title=title,
            status=status,
            code=code,
            detail=detail,
            request_id=request_id,
            submitted_at=submitted_at,
            pay_by=pay_by,
            field=field,
        )

        return submit_code_late_problem
