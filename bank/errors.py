"""A bank's answers as values: done, refused or unknown; and the codes that count as a refusal.

A refusal is the bank's final decision about the request itself. Everything else that is not "done" says nothing about
the money: a revoked API key, a full queue, a crash or a key reused by mistake may follow a request that did its work.
These are unknown, and the bank is asked again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from domain.errors import NoAnswer

T = TypeVar("T")

REFUSALS: Final = frozenset(
    {
        # opening an operation
        "fee_changed",
        "currency_mismatch",
        "insufficient_funds",
        "unknown_account",
        "account_closed",
        "same_account",
        "bad_amount",
        "unknown_currency",
        # codes and the debit
        "unknown_operation",
        "too_many_codes",
        "bad_code",
        "code_rejected",
        "operation_ended",
        # capture, void and credit
        "not_held",
        "not_captured",
        "exceeds_source",
        # confirmation and payment in one call
        "not_confirmed",
        "operation_differs",
        # refunds
        "not_refundable",
        "exceeds_refundable",
        "operation_held",
        "guarantee_exhausted",
        "account_open",
        "too_many_operations",
    }
)


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The bank has done it; `value` has been checked against the request."""

    value: T


@dataclass(frozen=True, slots=True)
class Refused:
    """The bank's final refusal; `code` is one of `REFUSALS`. Nothing was done, and nothing will be under this key."""

    code: str
    detail: str


# Codes of a bank's 429: a limit that ends by itself. Nothing was done, and nothing was decided.
LIMITS: Final = frozenset({"too_many_codes_sent", "code_too_soon", "too_many_wrong_codes"})

CONTRADICTION: Final = "answer contradicts the request"


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have been done: time-out, broken connection, 5xx, 429, 202, garbage, a contradiction.

    `retry_after_s` is how long the bank asks us to wait, if it does; `code` that of its answer, if any; `limited`: the
    answer was 429.
    """

    why: str
    retry_after_s: int | None = field(default=None, compare=False, repr=False)
    code: str = field(default="", compare=False, repr=False)
    limited: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class KeyUnknown:
    """Only from asking: the bank has not completed a request under that key. Neither done nor refused."""


Answer = Done[T] | Refused | Unknown


class BankUnavailable(NoAnswer):
    """A table of the bank (banks, fees) could not be read now; asking changed nothing."""


class Contradiction(Exception):
    """An answer that does not fit the request: another amount, currency, account or operation."""
