from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.account_out import AccountOut


T = TypeVar("T", bound="CodeAskedOut")


@_attrs_define
class CodeAskedOut:
    """The bank has sent a code to the account's owner.

    Attributes:
        account (AccountOut): An account can be used once it is `confirmed`: its owner has entered a code from the bank.
        expires_at (datetime.datetime): RFC 3339, UTC.
    """

    account: AccountOut
    expires_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        account = self.account.to_dict()

        expires_at = self.expires_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "account": account,
                "expires_at": expires_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.account_out import AccountOut

        d = dict(src_dict)
        account = AccountOut.from_dict(d.pop("account"))

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        code_asked_out = cls(
            account=account,
            expires_at=expires_at,
        )

        return code_asked_out
