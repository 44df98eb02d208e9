"""Answers of the ledger: a transfer, or a refusal with its reason. Neither is an exception."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RefusalReason(StrEnum):
    """Why a command was refused. Final, except KEY_CONFLICT, which concerns the caller and not the key."""

    INSUFFICIENT_FUNDS = "insufficient_funds"  # a guarded account would fall below its floor, holds counted
    UNKNOWN_ACCOUNT = "unknown_account"
    ACCOUNT_CLOSED = "account_closed"
    CURRENCY_MISMATCH = "currency_mismatch"
    BAD_AMOUNT = "bad_amount"  # not in 1 … 10**15 minor units, or a balance would leave ±2**62
    SAME_ACCOUNT = "same_account"
    UNKNOWN_HOLD = "unknown_hold"  # no such key, or the key of something that is no hold, or of a refused one
    HOLD_ENDED = "hold_ended"  # captured or voided before
    EXCEEDS_HOLD = "exceeds_hold"
    KEY_CONFLICT = "key_conflict"  # the key belongs to a command with another content
    LINKED_REFUSED = "linked_refused"  # another command of the same linked call was refused


@dataclass(frozen=True, slots=True)
class Posted:
    """The command took effect, at database time `at` (UTC), as transfer `transfer_id`.

    `repeated`: it had taken effect before, and this call changed nothing.
    """

    key: str
    transfer_id: int
    at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The command took no effect. `repeated`: it was refused before, and this is the reason given then."""

    key: str
    reason: RefusalReason
    repeated: bool = False


Outcome = Posted | Refused
