"""Fees on the wire: amounts that may be zero, percents with two decimals."""

from __future__ import annotations

import re
from typing import Final

from domain.errors import Malformed
from domain.fees import BASIS_POINTS
from domain.money import Money, parse_money

_PERCENT: Final = re.compile(r"(0|[1-9][0-9]{0,2})(?:\.([0-9]{1,2}))?", re.ASCII)


def parse_fee(amount: str, currency: str, field: str) -> Money:
    """Like `parse_money`, but zero is allowed, with or without decimals."""
    zero = Money(0, currency)
    return zero if amount in ("0", zero.amount) else parse_money(amount, currency, field)


def parse_percent(text: str, field: str) -> int:
    """Basis points of a percent such as `1.50`, 0 to 100; `Malformed` `bad_percent`."""
    match = _PERCENT.fullmatch(text)
    basis_points = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else BASIS_POINTS + 1
    if basis_points > BASIS_POINTS:
        raise Malformed("bad_percent", 'A percent is a string such as "1.50", at most 100.', field)
    return basis_points


def percent_text(basis_points: int) -> str:
    """`150` → `1.50`."""
    return f"{basis_points // 100}.{basis_points % 100:02d}"
