"""The feed of a marketplace: which changes are its events, under names that never change.

Most are changes of state, which the database itself writes into the feed (`store/sql/feed.sql`, made complete by
`store/migrate.py` out of these names). The others are events of a deal that change no state.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain import (
    corrections,
    deals,
    disputes,
    holds,
    incoming_transfers,
    payment_requests,
    payments,
    refunds,
    top_ups,
    withdrawals,
)
from domain.states import BEGINNING, Machine

VERSION: Final = "1"
"""Of the form of events. What is there keeps its name and meaning; more fields and types may come."""


class Noun(StrEnum):
    """What an event is about."""

    DEAL = "deal"
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    OFFER = "offer"
    WITHDRAWAL = "withdrawal"
    TOP_UP = "top_up"
    PAYMENT_REQUEST = "payment_request"
    HOLD = "hold"
    CORRECTION = "correction"
    INCOMING_TRANSFER = "incoming_transfer"
    ACCOUNT = "account"
    DEPOSIT = "deposit"
    TRANSFER = "transfer"


MOVEMENTS: Final = frozenset({Noun.DEPOSIT, Noun.TRANSFER})
"""Of these the ledger has the only row, whose id is a number. They happen at once: each has one event."""


TABLES: Final[Mapping[str, Noun]] = {f"{noun}s": noun for noun in Noun if noun not in MOVEMENTS}
_MACHINES: Final[Mapping[str, Machine]] = {
    "deals": deals.MACHINE,
    "payments": payments.MACHINE,
    "refunds": refunds.MACHINE,
    "disputes": disputes.MACHINE,
    "withdrawals": withdrawals.MACHINE,
    "top_ups": top_ups.MACHINE,
    "payment_requests": payment_requests.MACHINE,
    "holds": holds.MACHINE,
    "corrections": corrections.MACHINE,
    "incoming_transfers": incoming_transfers.MACHINE,
}
# Where the state alone would read badly.
_RENAMED: Final[Mapping[tuple[str, str], str]] = {
    ("refunds", "returning"): "created",
    ("refunds", "refunded"): "completed",
    ("disputes", "open"): "opened",
    ("payment_requests", "asked"): "created",
    ("offers", "pending"): "submitted",
    ("holds", "open"): "placed",
    ("accounts", "unconfirmed"): "added",
}


# What operators only consider between themselves is no event of a marketplace. What comes for a top-up is the top-up's.
_ONLY: Final[Mapping[str, frozenset[str]]] = {
    "corrections": frozenset({corrections.CorrectionState.APPROVED}),
    "incoming_transfers": frozenset({incoming_transfers.IncomingState.ASSIGNED}),
}


# Of nouns without a machine.
_STATES: Final[Mapping[str, list[str]]] = {
    "accounts": ["confirmed", "unconfirmed"],
    "offers": ["approved", "pending", "rejected"],
}


def _states(table: str) -> list[str]:
    if table in _STATES:
        return _STATES[table]
    states = {state for move in _MACHINES[table].moves for state in move} - {BEGINNING}
    return sorted(states & _ONLY.get(table, states))


OF_STATES: Final[Mapping[tuple[str, str], str]] = {
    (table, state): f"{noun}.{_RENAMED.get((table, state), state)}"
    for table, noun in TABLES.items()
    for state in _states(table)
}
"""The type of an event, by the table and the state that its row moves to."""

OF_DEALS: Final = frozenset(
    f"deal.{what}"
    for what in (
        "accepted",
        "cancellation_proposed",
        "cancellation_withdrawn",
        "confirmed",
        "dispute_escalated",
        "dispute_evidence",
        "dispute_offer",
        "dispute_offer_accepted",
        "dispute_offer_withdrawn",
        "dispute_statement",
        "extended",
        "extension_proposed",
        "extension_withdrawn",
        "status_set",
    )
)
"""Events of a deal that change no state of it."""

CHOSEN_FOR_PAYOUTS: Final = "account.chosen_for_payouts"
"""The one event of a bank account that changes no state of it."""

TEST: Final = "webhook.test"
"""The one type that is about nothing: an endpoint is sent it on request."""

COMPLETED: Final = "completed"
"""The state of a movement."""
OF_MOVEMENTS: Final[Mapping[Noun, str]] = {noun: f"{noun}.{COMPLETED}" for noun in MOVEMENTS}

TYPES: Final = frozenset(OF_STATES.values()) | OF_DEALS | {CHOSEN_FOR_PAYOUTS} | frozenset(OF_MOVEMENTS.values())


def object_of_movement(operation_id: int) -> UUID:
    """The number of a movement in the form of other ids."""
    return UUID(int=operation_id)


def shown_id(noun: Noun, object_id: UUID) -> str:
    """The id of an event's object as its own address shows it."""
    return str(object_id.int if noun in MOVEMENTS else object_id)
