"""Sweeps: what lies on addresses of top-ups moves to the main wallet, when the value justifies what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.states import Machine

SUN: Final = 1_000_000  # in one TRX
MAX_LINES: Final = 20  # of one sweep: addresses follow one another, at two or three minutes each
MAX_TRANSFERS: Final = 3  # of one line, as each is dropped; then the address waits for a later sweep
MAX_GAS_ROUNDS: Final = 2  # of one line: the second only when the price has risen, or the first was dropped
FIRST_RETRY: Final = timedelta(minutes=10)
LONGEST_RETRY: Final = timedelta(hours=24)
TRANSFER_BYTES: Final = 350  # of a signed token transfer
TRANSFER_ENERGY: Final = 65_000  # of a token transfer to a wallet that has some; the chain says exactly


class SweepState(StrEnum):
    OPEN = "open"
    DONE = "done"  # every line has ended, well or not


class LineState(StrEnum):
    """One address of a sweep."""

    WAITING = "waiting"  # it is not known yet what it needs
    GAS = "gas"  # TRX is on its way to the address
    TRANSFERRING = "transferring"
    DONE = "done"  # at the main wallet, and booked
    FAILED = "failed"  # a later sweep tries again


class Cause(StrEnum):
    VALUE = "value"
    COUNT = "count"
    AGE = "age"


SWEEP_MACHINE: Final = Machine({SweepState.OPEN}, {(SweepState.OPEN, SweepState.DONE)})
_L = LineState
LINE_MACHINE: Final = Machine(
    {_L.WAITING},
    {
        (_L.WAITING, _L.GAS),
        (_L.WAITING, _L.TRANSFERRING),
        (_L.WAITING, _L.FAILED),
        (_L.GAS, _L.WAITING),
        (_L.GAS, _L.FAILED),
        (_L.TRANSFERRING, _L.WAITING),
        (_L.TRANSFERRING, _L.DONE),
        (_L.TRANSFERRING, _L.FAILED),
    },
)


@dataclass(frozen=True, slots=True)
class Rules:
    """When addresses are swept. Amounts are minor units of the token.

    `trx_minor`: what one TRX is worth. `cost_bp`: the most that a transfer may cost, in basis points of what it moves.
    `batch_minor`, `batch_count`, `longest`: each alone justifies a sweep. `fee_most_sun`: what the signer allows.
    `gas_low_sun`, `main_low_sun`: with less TRX on the gas account or the main wallet operators are called.
    """

    batch_minor: int
    batch_count: int
    longest: timedelta
    trx_minor: int
    cost_bp: int
    fee_most_sun: int
    gas_low_sun: int
    main_low_sun: int


@dataclass(frozen=True, slots=True)
class Prices:
    """What the chain asks, in sun: for a unit of energy, a byte, a new account."""

    energy_sun: int
    byte_sun: int
    new_account_sun: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Addresses that are worth a transfer: how many, with how much, the oldest since when."""

    count: int
    total_minor: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Possession:
    """What an address can spend on a transaction. `active`: the chain has an account for it."""

    active: bool
    sun: int
    bandwidth: int
    energy: int


@dataclass(frozen=True, slots=True)
class Need:
    """What one transfer from an address takes: at most `fee_limit_sun` for energy; `lacks_sun` has to come first."""

    fee_limit_sun: int
    lacks_sun: int


def cost_minor(prices: Prices, rules: Rules) -> int:
    """What moving one address costs, new account included, in the token."""
    sun = TRANSFER_ENERGY * prices.energy_sun + TRANSFER_BYTES * prices.byte_sun + prices.new_account_sun
    return -(-sun * rules.trx_minor // SUN)


def least_minor(prices: Prices, rules: Rules) -> int:
    """What an address must hold for its transfer to be worth its cost."""
    return max(1, -(-cost_minor(prices, rules) * 10_000 // rules.cost_bp))


def cause(waiting: Waiting, now: datetime, rules: Rules) -> Cause | None:
    """Why a sweep begins now, if it does."""
    if waiting.count == 0 or waiting.oldest_at is None:
        return None
    if waiting.total_minor >= rules.batch_minor:
        return Cause.VALUE
    if waiting.count >= rules.batch_count:
        return Cause.COUNT
    return Cause.AGE if now - waiting.oldest_at >= rules.longest else None


def need(energy: int, has: Possession, prices: Prices) -> Need:
    """What a transfer that takes `energy` needs. A tenth more energy is allowed: its price in energy may rise."""
    burnt = max(0, energy * 11 // 10 - has.energy)
    fee_limit = max(1, energy * 11 // 10 * prices.energy_sun)
    bytes_sun = 0 if has.bandwidth >= TRANSFER_BYTES else TRANSFER_BYTES * prices.byte_sun
    lacks = max(0, burnt * prices.energy_sun + bytes_sun - has.sun)
    # Without an account the address cannot send at all: any amount makes one.
    return Need(fee_limit, lacks if has.active else max(1, lacks))


def gas_account_needs(lacks_sun: int, prices: Prices) -> int:
    """What must be on the gas account to send `lacks_sun`: its own bytes, and a new account, are paid on top."""
    return lacks_sun + prices.new_account_sun + TRANSFER_BYTES * prices.byte_sun


def again_after(failures: int) -> timedelta:
    """How long an address is left alone after so many failures in a row (1, 2 …)."""
    longest = int(LONGEST_RETRY / FIRST_RETRY)
    return FIRST_RETRY * int(min(2 ** min(failures - 1, 10), longest))
