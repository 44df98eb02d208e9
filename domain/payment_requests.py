"""Payment requests: the payee asks; the payer confirms or declines, the payee withdraws, or the request expires."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain.errors import Conflict
from domain.states import Machine


class RequestState(StrEnum):
    ASKED = "asked"
    CONFIRMED = "confirmed"  # the money was transferred, in the same transaction
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


ENDS = (RequestState.CONFIRMED, RequestState.DECLINED, RequestState.WITHDRAWN, RequestState.EXPIRED)
TRANSITIONS = frozenset((RequestState.ASKED, end) for end in ENDS)
MACHINE = Machine({RequestState.ASKED}, TRANSITIONS)
FINAL = frozenset(ENDS)


def may_answer(state: RequestState, now: datetime, expires_at: datetime) -> None:
    """Whether payer or payee may still act on it, at `now` by the database's clock.

    Raises `Conflict` request_ended, request_expired.
    """
    if state is RequestState.EXPIRED or (state is RequestState.ASKED and now > expires_at):
        raise Conflict("request_expired", "The payment request has expired.")
    if state is not RequestState.ASKED:
        raise Conflict("request_ended", f"The request is {state} already.")
