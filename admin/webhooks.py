"""Tables of webhook endpoints, and of what could not be delivered yet."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette_admin import StringField
from starlette_admin.contrib.sqla import ModelView

from admin.named import Named, ReadOnly
from domain.webhooks import DeliveryState
from store.base import inline
from store.operations.webhooks import Delivery, WebhookEndpoint
from store.people.marketplaces import Marketplace

# Each half has a partial index.
_NOT_DELIVERED: Final = (Delivery.state == inline(DeliveryState.WAITING)) | (
    Delivery.state == inline(DeliveryState.PARKED)
)


class Endpoints(Named):
    """Of all marketplaces; each leads to its page. Secrets stay sealed."""

    fields: Any = (
        Named.name_of("marketplace_id", "Marketplace"), "state", StringField("url", label="Address"), "types", "email",
        "failures", "failing_since", "paused_until", "parked_at", "gone_at", "created_at", "final_at", "id",
    )  # fmt: skip
    named = {"marketplace_id": Marketplace}  # noqa: RUF012  # read by the base class alone
    searchable_fields = ("url", "email")
    detail_template = "webhook_endpoint_row.html"
    sortable_fields = ("id", "state", "failing_since", "parked_at", "created_at")


class Undelivered(ReadOnly):
    """Events that wait for another try, or were given up until their marketplace asks for them again."""

    fields: Any = (
        "state", "number", "tries", "attempts", "due_at", "since", "endpoint_id", "event_id", "created_at", "id",
    )  # fmt: skip

    def get_list_query(self, request: Request) -> Any:
        return super().get_list_query(request).where(_NOT_DELIVERED)

    def get_count_query(self, request: Request) -> Any:
        return super().get_count_query(request).where(_NOT_DELIVERED)


def webhook_views() -> list[ModelView]:
    return [
        Endpoints(
            WebhookEndpoint,
            icon="fa fa-satellite-dish",
            menu_label="Webhook endpoints",
            display_name="webhook endpoint",
            key="webhook-endpoints",
        ),
        Undelivered(
            Delivery,
            icon="fa fa-inbox",
            menu_label="Events not delivered",
            display_name="delivery",
            key="webhook-deliveries",
        ),
    ]
