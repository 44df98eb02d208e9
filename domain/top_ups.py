"""Top-ups: the states of an order to bring an amount into a wallet, as a pure function of what has arrived and when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.errors import Conflict, Malformed
from domain.gateways import Gateway
from domain.states import Machine

BEHIND_FOR_S: Final = 60.0  # solidified blocks are about a minute old; reading them wakes the top-up anyway
MAX_OPEN: Final = 20  # of one user; each has an address or reference of its own, which is used for nothing else


class TopUpState(StrEnum):
    WAITING = "waiting"  # nothing has arrived
    SEEN = "seen"  # in a block that may still vanish; nothing is credited
    CONFIRMED = "confirmed"  # final, but held back until another source confirms it
    PARTIALLY_RECEIVED = "partially_received"  # less than the amount is credited, and there is still time
    CREDITED = "credited"  # exactly the amount
    OVERPAID = "overpaid"  # more than the amount, in time; all of it is credited
    UNDERPAID = "underpaid"  # the time is over; what came is credited
    LATE = "late"  # the time is over, and money came after it; all of it is credited
    EXPIRED = "expired"  # the time is over, and nothing came
    FAILED = "failed"  # ended by an operator; what still comes is credited


_S = TopUpState
OPEN: Final = frozenset({_S.WAITING, _S.SEEN, _S.CONFIRMED, _S.PARTIALLY_RECEIVED})
FINAL: Final = frozenset(TopUpState) - OPEN
# What arrives after the end is credited, and shown. Nothing that arrived is ever less.
_AFTER: Final = {
    (_S.CREDITED, _S.OVERPAID),
    (_S.EXPIRED, _S.LATE),
    (_S.UNDERPAID, _S.LATE),
    # Money of an earlier value time whose owner an operator has found out.
    *((end, better) for end in (_S.EXPIRED, _S.LATE, _S.UNDERPAID) for better in (_S.CREDITED, _S.OVERPAID)),
    (_S.EXPIRED, _S.UNDERPAID),
}
TRANSITIONS: Final = frozenset(
    {(before, after) for before in OPEN for after in TopUpState if before is not after} | _AFTER
)
MACHINE: Final = Machine({_S.WAITING}, TRANSITIONS)


def outcome(
    amount: int,
    received: int,
    late: int,
    seen: int,
    pay_by: datetime,
    now: datetime,
    *,
    cursor_passed: bool,
    held_back: int = 0,
) -> TopUpState:
    """The state of a top-up that nobody has ended. Amounts are minor units of its currency.

    `received` was valued at or before `pay_by`, `late` after it; both are final and credited. `held_back` is final and
    not credited yet, `seen` is not final. `now` is the market database's clock. `cursor_passed`: the gateway has read
    everything up to `pay_by`, so nothing more can turn out to be in time.
    """
    if received >= amount:
        return _S.OVERPAID if received + late > amount else _S.CREDITED
    if held_back > 0:
        return _S.CONFIRMED
    if not cursor_passed or now <= pay_by:
        if received > 0:
            return _S.PARTIALLY_RECEIVED
        return _S.SEEN if seen > 0 else _S.WAITING
    if late > 0:
        return _S.LATE
    return _S.UNDERPAID if received > 0 else _S.EXPIRED


def in_time(valued_at: datetime, pay_by: datetime) -> bool:
    """By the gateway's own record of when it was paid; when we read it does not matter."""
    return valued_at <= pay_by


def may_begin(open_ones: int) -> None:
    """Raises `Conflict` too_many_top_ups; `open_ones` are those of the same user."""
    if open_ones >= MAX_OPEN:
        raise Conflict("too_many_top_ups", f"At most {MAX_OPEN} top-ups can be open at once.")


def time_to_pay(gateway: Gateway, now: datetime, pay_by: datetime | None, deal_pay_by: datetime | None) -> datetime:
    """Until when the money counts as in time: as asked for (`pay_by`), else as long as the gateway gives.

    Never after `deal_pay_by`, the deadline of the deal that it shall fund. Raises `Malformed` bad_pay_by.
    """
    if pay_by is None:
        usual = now + gateway.pay_within
        return usual if deal_pay_by is None else min(usual, deal_pay_by)
    if not now < pay_by <= now + gateway.at_most:
        raise Malformed("bad_pay_by", "This is too early, or longer than the gateway allows.", "pay_by")
    if deal_pay_by is not None and pay_by > deal_pay_by:
        raise Malformed("bad_pay_by", "The deal has to be paid earlier.", "pay_by")
    return pay_by


def ask_again_s(now: datetime, pay_by: datetime) -> float:
    """How many seconds an open top-up sleeps: until `pay_by`, then while its gateway is behind, longer each time."""
    if now < pay_by:
        return (pay_by - now).total_seconds()
    return max(BEHIND_FOR_S, (now - pay_by).total_seconds() / 4)


def may_fail(state: TopUpState) -> None:
    """Raises `Conflict` top_up_ended."""
    if state in FINAL:
        raise Conflict("top_up_ended", f"The top-up is {state} already.")
