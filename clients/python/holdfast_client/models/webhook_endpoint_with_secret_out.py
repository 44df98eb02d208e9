from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.endpoint_state import EndpointState
from ..models.webhook_endpoint_with_secret_out_disabled_because_type_0 import (
    WebhookEndpointWithSecretOutDisabledBecauseType0,
)

T = TypeVar("T", bound="WebhookEndpointWithSecretOut")


@_attrs_define
class WebhookEndpointWithSecretOut:
    """
    Attributes:
        id (str):
        url (str):
        types (list[str]):
        email (None | str):
        language (str):
        state (EndpointState):
        disabled_because (None | WebhookEndpointWithSecretOutDisabledBecauseType0):
        failing_since (datetime.datetime | None):
        next_try_at (datetime.datetime | None):
        secrets (int):
        old_secret_until (datetime.datetime | None):
        created_at (datetime.datetime): RFC 3339, UTC.
        secret (str):
    """

    id: str
    url: str
    types: list[str]
    email: None | str
    language: str
    state: EndpointState
    disabled_because: None | WebhookEndpointWithSecretOutDisabledBecauseType0
    failing_since: datetime.datetime | None
    next_try_at: datetime.datetime | None
    secrets: int
    old_secret_until: datetime.datetime | None
    created_at: datetime.datetime
    secret: str

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        url = self.url

        types = self.types

        email: None | str
        email = self.email

        language = self.language

        state = self.state.value

        disabled_because: None | str
        if isinstance(self.disabled_because, WebhookEndpointWithSecretOutDisabledBecauseType0):
            disabled_because = self.disabled_because.value
        else:
            disabled_because = self.disabled_because

        failing_since: None | str
        if isinstance(self.failing_since, datetime.datetime):
            failing_since = self.failing_since.isoformat()
        else:
            failing_since = self.failing_since

        next_try_at: None | str
        if isinstance(self.next_try_at, datetime.datetime):
            next_try_at = self.next_try_at.isoformat()
        else:
            next_try_at = self.next_try_at

        secrets = self.secrets

        old_secret_until: None | str
        if isinstance(self.old_secret_until, datetime.datetime):
            old_secret_until = self.old_secret_until.isoformat()
        else:
            old_secret_until = self.old_secret_until

        created_at = self.created_at.isoformat()

        secret = self.secret

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "url": url,
                "types": types,
                "email": email,
                "language": language,
                "state": state,
                "disabled_because": disabled_because,
                "failing_since": failing_since,
                "next_try_at": next_try_at,
                "secrets": secrets,
                "old_secret_until": old_secret_until,
                "created_at": created_at,
                "secret": secret,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        url = d.pop("url")

        types = cast(list[str], d.pop("types"))

        def _parse_email(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        email = _parse_email(d.pop("email"))

        language = d.pop("language")

        state = EndpointState(d.pop("state"))

        def _parse_disabled_because(data: object) -> None | WebhookEndpointWithSecretOutDisabledBecauseType0:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                disabled_because_type_0 = WebhookEndpointWithSecretOutDisabledBecauseType0(data)

                return disabled_because_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | WebhookEndpointWithSecretOutDisabledBecauseType0, data)

        disabled_because = _parse_disabled_because(d.pop("disabled_because"))

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

        def _parse_next_try_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_try_at_type_0 = datetime.datetime.fromisoformat(data)

                return next_try_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        next_try_at = _parse_next_try_at(d.pop("next_try_at"))

        secrets = d.pop("secrets")

        def _parse_old_secret_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                old_secret_until_type_0 = datetime.datetime.fromisoformat(data)

                return old_secret_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        old_secret_until = _parse_old_secret_until(d.pop("old_secret_until"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        secret = d.pop("secret")

        webhook_endpoint_with_secret_out = cls(
            id=id,
            url=url,
            types=types,
            email=email,
            language=language,
            state=state,
            disabled_because=disabled_because,
            failing_since=failing_since,
            next_try_at=next_try_at,
            secrets=secrets,
            old_secret_until=old_secret_until,
            created_at=created_at,
            secret=secret,
        )

        return webhook_endpoint_with_secret_out
