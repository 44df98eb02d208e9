"""Gateways: ways to bring money from outside into a wallet, with their currencies, limits and fees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from domain.errors import Conflict, Malformed
from domain.money import Money, parse_money


class GatewayId(StrEnum):
    USDT_TRON = "usdt_tron"
    BANK_TRANSFER = "bank_transfer"


@dataclass(frozen=True, slots=True)
class Limits:
    """For one top-up in one currency. `fee` is what the platform takes out of it; the sender's own costs are extra."""

    minimum: Money
    maximum: Money
    fee: Money

    @property
    def currency(self) -> str:
        return self.minimum.currency


@dataclass(frozen=True, slots=True)
class Gateway:
    """`pay_within` is how long there is to pay unless the user says otherwise, `at_most` the longest."""

    id: GatewayId
    limits: tuple[Limits, ...]
    pay_within: timedelta
    at_most: timedelta

    def limits_in(self, currency: str) -> Limits | None:
        return next((limits for limits in self.limits if limits.currency == currency), None)


def _limits(currency: str, minimum: str, maximum: str) -> Limits:
    return Limits(parse_money(minimum, currency), parse_money(maximum, currency), Money(0, currency))


GATEWAYS: Final = {
    gateway.id: gateway
    for gateway in (
        Gateway(
            GatewayId.USDT_TRON, (_limits("USDT", "1", "1000000"),), timedelta(hours=24), at_most=timedelta(days=7)
        ),
        Gateway(
            GatewayId.BANK_TRANSFER,
            (_limits("RUB", "1", "10000000"), _limits("USD", "1", "100000"), _limits("EUR", "1", "100000")),
            timedelta(days=5),
            at_most=timedelta(days=30),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class GatewayData:
    """What a payer needs to pay a top-up; each gateway fills its own fields.

    `usdt_tron`: `address`, and `uri`, the same with the amount, for a wallet app. `bank_transfer`: the platform's
    `account` at bank `bank_id`, with the bank's name and requisite, its owner `payee`, and the `reference` to give with
    the transfer.
    """

    address: str | None = None
    uri: str | None = None
    account: str | None = None
    bank_id: int | None = None
    bank: str | None = None
    requisite: str | None = None
    payee: str | None = None
    reference: str | None = None


def within_limits(gateway: Gateway, money: Money) -> None:
    """Raises `Conflict` wrong_currency, below_minimum, above_maximum."""
    limits = gateway.limits_in(money.currency)
    if limits is None:
        raise Conflict("wrong_currency", "This gateway does not take the currency.", "amount.currency")
    if money < limits.minimum:
        raise Conflict("below_minimum", f"The least that this gateway takes is {limits.minimum}.", "amount")
    if money > limits.maximum:
        raise Conflict("above_maximum", f"The most that this gateway takes at once is {limits.maximum}.", "amount")


def unknown_gateway() -> Malformed:
    return Malformed("unknown_gateway", "There is no such gateway here.", "gateway")
