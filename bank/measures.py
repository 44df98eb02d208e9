"""How calls to banks end, and how long they take, for Prometheus."""

from __future__ import annotations

from typing import Final, TypeVar

from prometheus_client import Counter, Gauge, Histogram

CALLS: Final = Counter("holdfast_bank_calls", "Calls to banks that move money, by what came of them.", ("outcome",))
CALL_SECONDS: Final = Histogram("holdfast_bank_call_seconds", "From such a call to its answer, or to the time-out.")
CLIENT_CALLS: Final = Counter(
    "holdfast_bank_client_calls",
    "Calls to each client program of banks: answered, failed or not called.",
    ("client", "outcome"),
)
CLIENT_AWAY: Final = Gauge(
    "holdfast_bank_client_away",
    "1 while a client program of banks is not called, because it does not answer.",
    ("client",),
)
T = TypeVar("T")


def counted(answer: T) -> T:
    """The answer itself, counted as done, refused or unknown."""
    CALLS.labels(type(answer).__name__.lower()).inc()
    return answer
