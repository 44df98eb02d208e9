"""Percents on the wire: strings of digits with at most two decimals, never floats."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import Field

from domain.errors import Malformed
from edge.wire import CleanText
from store.deals.offers import MAX_COMMISSION_BP

PercentText = Annotated[CleanText, Field(examples=["5.00"], description="At most two decimals, at most 50.")]
_PERCENT: Final = re.compile(r"(0|[1-9][0-9]?)(?:\.([0-9]{1,2}))?", re.ASCII)


def basis_points_of(text: str, field: str) -> int:
    """`text` in basis points (1 % = 100); raises `Malformed` bad_percent, naming `field`."""
    match = _PERCENT.fullmatch(text)
    basis_points = int(match[1] + (match[2] or "").ljust(2, "0")) if match else MAX_COMMISSION_BP + 1
    if basis_points > MAX_COMMISSION_BP:
        raise Malformed("bad_percent", 'A percent looks like "5.00" and is at most 50.', field)
    return basis_points


def percent(basis_points: int) -> str:
    return f"{basis_points // 100}.{basis_points % 100:02}"
