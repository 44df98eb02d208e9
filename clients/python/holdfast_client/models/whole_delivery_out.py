from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.delivery_state import DeliveryState

if TYPE_CHECKING:
    from ..models.webhook_attempt_out import WebhookAttemptOut


T = TypeVar("T", bound="WholeDeliveryOut")


@_attrs_define
class WholeDeliveryOut:
    """The same with what became of each try.

    Attributes:
        id (str):
        webhook_endpoint_id (str):
        event_id (None | str):
        state (DeliveryState):
        attempts (int):
        next_try_at (datetime.datetime | None):
        delivered_at (datetime.datetime | None):
        created_at (datetime.datetime): RFC 3339, UTC.
        tries (list[WebhookAttemptOut]):
    """

    id: str
    webhook_endpoint_id: str
    event_id: None | str
    state: DeliveryState
    attempts: int
    next_try_at: datetime.datetime | None
    delivered_at: datetime.datetime | None
    created_at: datetime.datetime
    tries: list[WebhookAttemptOut]

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        webhook_endpoint_id = self.webhook_endpoint_id

        event_id: None | str
        event_id = self.event_id

        state = self.state.value

        attempts = self.attempts

        next_try_at: None | str
        if isinstance(self.next_try_at, datetime.datetime):
            next_try_at = self.next_try_at.isoformat()
        else:
            next_try_at = self.next_try_at

        delivered_at: None | str
        if isinstance(self.delivered_at, datetime.datetime):
            delivered_at = self.delivered_at.isoformat()
        else:
            delivered_at = self.delivered_at

        created_at = self.created_at.isoformat()

        tries = []
        for tries_item_data in self.tries:
            tries_item = tries_item_data.to_dict()
            tries.append(tries_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "webhook_endpoint_id": webhook_endpoint_id,
                "event_id": event_id,
                "state": state,
                "attempts": attempts,
                "next_try_at": next_try_at,
                "delivered_at": delivered_at,
                "created_at": created_at,
                "tries": tries,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.webhook_attempt_out import WebhookAttemptOut

        d = dict(src_dict)
        id = d.pop("id")

        webhook_endpoint_id = d.pop("webhook_endpoint_id")

        def _parse_event_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        event_id = _parse_event_id(d.pop("event_id"))

        state = DeliveryState(d.pop("state"))

        attempts = d.pop("attempts")

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

        def _parse_delivered_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                delivered_at_type_0 = datetime.datetime.fromisoformat(data)

                return delivered_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        delivered_at = _parse_delivered_at(d.pop("delivered_at"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        tries = []
        _tries = d.pop("tries")
        for tries_item_data in _tries:
            tries_item = WebhookAttemptOut.from_dict(tries_item_data)

            tries.append(tries_item)

        whole_delivery_out = cls(
            id=id,
            webhook_endpoint_id=webhook_endpoint_id,
            event_id=event_id,
            state=state,
            attempts=attempts,
            next_try_at=next_try_at,
            delivered_at=delivered_at,
            created_at=created_at,
            tries=tries,
        )

        return whole_delivery_out
