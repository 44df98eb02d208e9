"""What the workflow of a webhook endpoint writes to Temporal's history: no address, no secret, no content."""

from __future__ import annotations

from dataclasses import dataclass

from payloads.step import StepInput


@dataclass(frozen=True)
class WebhookOrder:
    """Starts the workflow of an endpoint. `wants`: `all events`, or how many types. Addresses may contain secrets."""

    endpoint_id: str
    marketplace_id: str
    wants: str


@dataclass(frozen=True)
class WebhookRef(StepInput):
    endpoint_id: str


@dataclass(frozen=True)
class WebhookView:
    """How an endpoint stands after some tries. `wait_s`: until the next one is due, by the market database's clock.

    None: nothing waits.
    """

    endpoint_id: str
    state: str
    delivered: int = 0
    failed: int = 0
    failures: int = 0
    parked: int = 0
    wait_s: float | None = None
