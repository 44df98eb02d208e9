from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.revoke_token_o_auth_problem_error import RevokeTokenOAuthProblemError
from ..types import UNSET, Unset

T = TypeVar("T", bound="RevokeTokenOAuthProblem")


@_attrs_define
class RevokeTokenOAuthProblem:
    """A refusal that OAuth clients understand too (RFC 6749, section 5.2).

    Attributes:
        type_ (str):
        title (str):
        status (int):
        code (str):
        detail (str):
        request_id (str):
        error (RevokeTokenOAuthProblemError):
        error_description (str):
        field (None | str | Unset):
    """

    type_: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    error: RevokeTokenOAuthProblemError
    error_description: str
    field: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        title = self.title

        status = self.status

        code = self.code

        detail = self.detail

        request_id = self.request_id

        error = self.error.value

        error_description = self.error_description

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
                "error": error,
                "error_description": error_description,
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

        code = d.pop("code")

        detail = d.pop("detail")

        request_id = d.pop("request_id")

        error = RevokeTokenOAuthProblemError(d.pop("error"))

        error_description = d.pop("error_description")

        def _parse_field(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        field = _parse_field(d.pop("field", UNSET))

        revoke_token_o_auth_problem = cls(
            type_=type_,
            title=title,
            status=status,
            code=code,
            detail=detail,
            request_id=request_id,
            error=error,
            error_description=error_description,
            field=field,
        )

        return revoke_token_o_auth_problem
