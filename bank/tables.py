"""The tables that a bank publishes to marketplaces: banks, and fees between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from bank.calls import read_fee
from domain.fees import FeeRule


@dataclass(frozen=True, slots=True)
class FeeRow:
    """The fee for transfers in `currency` from one bank to another."""

    payer_bank: int
    payee_bank: int
    currency: str
    rule: FeeRule


@dataclass(frozen=True, slots=True)
class BankRow:
    """A bank with the platform's two accounts in it, which are in `currency`."""

    id: int
    name: str
    requisite: str
    currency: str
    commission_account: str
    guarantee_account: str


_FEE: Final = TypeAdapter(FeeRow)
_BANK: Final = TypeAdapter(BankRow)


def read_fee_row(row: Mapping[str, Any]) -> FeeRow:
    rule = {"percent_bp": row["percent_bp"], "minimum_minor": read_fee(row["minimum"], row["currency"]).minor}
    return _FEE.validate_python({**row, "rule": rule})


def read_bank_row(row: Mapping[str, Any]) -> BankRow:
    return _BANK.validate_python(row)
