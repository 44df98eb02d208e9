"""The tables that a bank shows to marketplaces: banks, and fees between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    """A bank with the operator's two accounts in it, which are in `currency`."""

    id: int
    name: str
    requisite: str
    currency: str
    commission_account: str
    guarantee_account: str


def read_fee_row(row: Mapping[str, Any]) -> FeeRow:
    rule = FeeRule(int(row["percent_bp"]), read_fee(row["minimum"], row["currency"]).minor)
    return FeeRow(int(row["payer_bank"]), int(row["payee_bank"]), str(row["currency"]), rule)


def read_bank_row(row: Mapping[str, Any]) -> BankRow:
    names = ("name", "requisite", "currency", "commission_account", "guarantee_account")
    texts = {name: str(row[name]) for name in names}
    return BankRow(id=int(row["id"]), **texts)
