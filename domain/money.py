"""Money: whole minor units of one currency. No floats, no mixed currencies, no rounding by accident."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import Malformed

# Above any marketplace price and far below 2**63, so that sums of thousands of amounts fit a BIGINT.
MAX_MINOR = 10**15

# Decimals per currency. ISO 4217 has 2 for nearly all; the exceptions are listed. USDT (TRC-20) and TRX have 6.
_ISO_TWO_DECIMALS = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR "
    "IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN "
    "NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
    "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW".split()
)
_OTHER_DECIMALS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    "USDT": 6,
    "TRX": 6,  # of the gas account's books
}

_MAX_DIGITS = len(str(MAX_MINOR))
_AMOUNT = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)


def decimals(currency: str) -> int:
    """How many decimals `currency` has (RUB 2, JPY 0, USDT 6); `Malformed` when it is unknown."""
    if currency in _ISO_TWO_DECIMALS:
        return 2
    if currency in _OTHER_DECIMALS:
        return _OTHER_DECIMALS[currency]
    raise Malformed("unknown_currency", "The currency is not known.", "currency")


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` whole minor units (kopecks, cents) of `currency` (an ISO 4217 code, or USDT).

    May be negative in differences and balances; amounts on the wire are always positive.
    Raises `TypeError` for a float, `ValueError` when two currencies meet.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units must be an int, not {type(self.minor).__name__}")
        decimals(self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other).minor

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other).minor

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    @property
    def amount(self) -> str:
        """The decimal amount with all the currency's decimals, as on the wire: `115.60`."""
        places = decimals(self.currency)
        sign = "-" if self.minor < 0 else ""
        digits = str(abs(self.minor)).rjust(places + 1, "0")
        return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} meets {other.currency}")
        return other


def parse_money(amount: object, currency: str, field: str = "amount") -> Money:
    """Reads a positive amount from the wire: a string of ASCII digits with at most the currency's decimals.

    Refuses (`Malformed`, code `bad_amount`, naming `field`) floats, signs, exponents, NaN, spaces, other
    digits, leading zeros, too many decimals, zero, and more than 10**15 minor units.
    """
    places = decimals(currency)
    match = _AMOUNT.fullmatch(amount) if isinstance(amount, str) else None
    if match is None:
        raise Malformed("bad_amount", 'The amount must be a string of digits such as "115.60".', field)
    whole, fraction = match[1], match[2] or ""
    if len(fraction) > places:
        raise Malformed("bad_amount", f"{currency} has at most {places} decimals.", field)
    digits = whole + fraction.ljust(places, "0")
    minor = int(digits) if len(digits) <= _MAX_DIGITS else MAX_MINOR + 1  # an endless number is not even read
    if minor > MAX_MINOR:
        raise Malformed("bad_amount", f"The amount is too large: at most {Money(MAX_MINOR, currency).amount}.", field)
    if minor == 0:
        raise Malformed("bad_amount", "The amount must be above zero.", field)
    return Money(minor, currency)


def split(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Splits `total_minor` in proportion to `weights` (each >= 0, sum > 0) so that the parts add up to it exactly.

    Largest remainder: each share is rounded down, and the minor units left over go to the largest remainders, earlier
    parts first.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0 or total_minor < 0:
        raise ValueError("weights must be >= 0 with a sum > 0, and the total >= 0")
    parts = [total_minor * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total_minor * weights[i] % whole), i))
    for i in by_remainder[: total_minor - sum(parts)]:
        parts[i] += 1
    return parts
