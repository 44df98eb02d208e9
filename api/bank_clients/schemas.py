from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from api.fields import Moment, Name
from domain.bank_clients import MAX_CALLS, MAX_TIMEOUT_MS, BankClientState
from edge.characters import PROGRAM, VISIBLE
from edge.outward import MAX_URL_CHARS
from edge.webhooks import SIGNS
from edge.wire import Wire, utc, utc_or_none
from market.bank_clients import Connection, Wanted
from store.banks.bank_clients import BankClientRow

ApiKey = Annotated[str, Field(min_length=1, max_length=500, pattern=VISIBLE)]
WebhookSecret = Annotated[str, Field(max_length=200, pattern=SIGNS)]


class _Said(Wire):
    name: Name
    url: Annotated[str, Field(max_length=MAX_URL_CHARS, pattern=PROGRAM, examples=["https://banks.example"])]
    """Of the client program, without `/api/v1`: https at a public address, unless a setting names its host."""
    timeout_ms: Annotated[int, Field(ge=100, le=MAX_TIMEOUT_MS)] = 5_000
    """How long a whole call may take; afterwards its outcome is unknown."""
    max_calls: Annotated[int, Field(ge=1, le=MAX_CALLS)] = 30
    """How many calls each of our programs makes to it at once."""
    webhook_secret: WebhookSecret | None = None
    """What it signs its webhooks with, `whsec_…`. Never shown. Null in a change: as before."""


class BankClientIn(_Said):
    api_key: ApiKey
    """Our key at the client program. Never shown."""

    def wanted(self) -> Wanted:
        return Wanted(self.name, self.url, self.timeout_ms, self.max_calls, self.api_key, self.webhook_secret)


class BankClientChangeIn(_Said):
    api_key: ApiKey | None = None
    """Null: as before."""

    def wanted(self) -> Wanted:
        return Wanted(self.name, self.url, self.timeout_ms, self.max_calls, self.api_key, self.webhook_secret)


class BankClientStateIn(Wire):
    state: Annotated[BankClientState, Field(strict=False)]


class BankClientOut(Wire):
    """A client program of banks. Its API key and webhook secret are never shown."""

    id: str
    name: str
    url: str
    state: BankClientState
    """`enabled`; `draining`: what is open goes on, nothing new begins; `disabled`: it is not called."""
    timeout_ms: int
    max_calls: int
    has_webhook_secret: bool
    webhooks_at: str
    """The address for its webhooks, to be registered at the client program."""
    answered_at: Moment | None
    """When its banks were last copied."""
    failing_since: Moment | None
    failure: str | None
    created_at: Moment

    @classmethod
    def of(cls, row: BankClientRow, public_url: str) -> BankClientOut:
        return cls(
            id=str(row.id),
            name=row.name,
            url=row.url,
            state=BankClientState(row.state),
            timeout_ms=row.timeout_ms,
            max_calls=row.max_calls,
            has_webhook_secret=row.sealed_secret is not None,
            webhooks_at=f"{public_url}/api/v1/bank-webhooks/{row.id}",
            answered_at=utc_or_none(row.answered_at),
            failing_since=utc_or_none(row.failing_since),
            failure=row.failure,
            created_at=utc(row.created_at),
        )


class BankClientsOut(Wire):
    items: list[BankClientOut]
    next: None
    """All of them come in one page."""


class ServedBankOut(Wire):
    id: int
    name: str
    requisite: str
    claimed: bool
    """Another client serves a bank with this id or requisite, so this one cannot be enabled."""


class ConnectionOut(Wire):
    answered: bool
    failure: str | None
    """Why nothing is known of its banks."""
    banks: list[ServedBankOut]

    @classmethod
    def of(cls, found: Connection) -> ConnectionOut:
        return cls(answered=found.failure is None, failure=found.failure, banks=_served(found))


def _served(found: Connection) -> list[ServedBankOut]:
    banks: Sequence[ServedBankOut] = [
        ServedBankOut(id=bank.id, name=bank.name, requisite=bank.requisite, claimed=bank.id in found.claimed)
        for bank in found.banks
    ]
    return list(banks)
