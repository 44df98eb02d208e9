"""A node's answers as values: done, refused or unknown.

Nothing a node says about one sending of a transaction decides its fate: an earlier sending may have been taken. Only
the solidified chain decides (`TronClient.transaction`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

T = TypeVar("T")

# java-tron's `response_code`s that judge the transaction itself; the others speak of the node (busy, not connected).
REFUSALS: Final = frozenset(
    {
        "SIGERROR",
        "CONTRACT_VALIDATE_ERROR",
        "CONTRACT_EXE_ERROR",
        "BANDWITH_ERROR",  # spelt so in java-tron
        "TAPOS_ERROR",
        "TOO_BIG_TRANSACTION_ERROR",
        "TRANSACTION_EXPIRATION_ERROR",
        "REVERT",  # ours: a constant call that the contract does not carry out
    }
)

DUPLICATE: Final = "DUP_TRANSACTION_ERROR"


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The node answered, and the answer fits the question."""

    value: T


@dataclass(frozen=True, slots=True)
class Refused:
    """The node has not taken what was sent this time; `code` is one of `REFUSALS`."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is known: time-out, broken connection, 4xx, 5xx, nonsense, an answer that does not fit the question.

    `retry_after_s` is how long the node asks us to wait, if it does.
    """

    why: str
    retry_after_s: int | None = field(default=None, compare=False)


Answer = Done[T] | Refused | Unknown
