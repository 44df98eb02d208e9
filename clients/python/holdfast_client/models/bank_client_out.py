from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.bank_client_state import BankClientState

T = TypeVar("T", bound="BankClientOut")


@_attrs_define
class BankClientOut:
    """A client program of banks. Its API key and webhook secret are never shown.

    Attributes:
        id (str):
        name (str):
        url (str):
        state (BankClientState):
        timeout_ms (int):
        max_calls (int):
        has_webhook_secret (bool):
        webhooks_at (str):
        answered_at (datetime.datetime | None):
        failing_since (datetime.datetime | None):
        failure (None | str):
        created_at (datetime.datetime): RFC 3339, UTC.
    """

    id: str
    name: str
    url: str
    state: BankClientState
    timeout_ms: int
    max_calls: int
    has_webhook_secret: bool
    webhooks_at: str
    answered_at: datetime.datetime | None
    failing_since: datetime.datetime | None
    failure: None | str
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        url = self.url

        state = self.state.value

        timeout_ms = self.timeout_ms

        max_calls = self.max_calls

        has_webhook_secret = self.has_webhook_secret

        webhooks_at = self.webhooks_at

        answered_at: None | str
        if isinstance(self.answered_at, datetime.datetime):
            answered_at = self.answered_at.isoformat()
        else:
            answered_at = self.answered_at

        failing_since: None | str
        if isinstance(self.failing_since, datetime.datetime):
            failing_since = self.failing_since.isoformat()
        else:
            failing_since = self.failing_since

        failure: None | str
        failure = self.failure

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "url": url,
                "state": state,
                "timeout_ms": timeout_ms,
                "max_calls": max_calls,
                "has_webhook_secret": has_webhook_secret,
                "webhooks_at": webhooks_at,
                "answered_at": answered_at,
                "failing_since": failing_since,
                "failure": failure,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        url = d.pop("url")

        state = BankClientState(d.pop("state"))

        timeout_ms = d.pop("timeout_ms")

        max_calls = d.pop("max_calls")

        has_webhook_secret = d.pop("has_webhook_secret")

        webhooks_at = d.pop("webhooks_at")

        def _parse_answered_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                answered_at_type_0 = datetime.datetime.fromisoformat(data)

                return answered_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        answered_at = _parse_answered_at(d.pop("answered_at"))

        def _parse_failing_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                failing_since_type_0 = datetime.datetime.fromisoformat(data)

                return failing_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        failing_since = _parse_failing_since(d.pop("failing_since"))

        def _parse_failure(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        failure = _parse_failure(d.pop("failure"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        bank_client_out = cls(
            id=id,
            name=name,
            url=url,
            state=state,
            timeout_ms=timeout_ms,
            max_calls=max_calls,
            has_webhook_secret=has_webhook_secret,
            webhooks_at=webhooks_at,
            answered_at=answered_at,
            failing_since=failing_since,
            failure=failure,
            created_at=created_at,
        )

        return bank_client_out
