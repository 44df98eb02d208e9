"""What the signer signs: pure rules over a transaction that it has read itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from signer.service.transactions import Transaction

DAY: Final = timedelta(hours=24)
NOBODY: Final = "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"  # twenty zero bytes: what is sent there is lost


class Purpose(StrEnum):
    SWEEP = "sweep"
    """Tokens from a derived address to the main wallet."""
    GAS = "gas"
    """TRX from the gas account to a derived address."""
    WITHDRAWAL = "withdrawal"
    """Tokens from the main wallet to somebody's address."""


class Account(StrEnum):
    MAIN = "main"
    GAS = "gas"


@dataclass(frozen=True, slots=True)
class Source:
    """Whose key signs: a derived address by its index, or one of the two accounts."""

    index: int | None = None
    account: Account | None = None

    def __str__(self) -> str:
        return f"account/{self.account}" if self.account else f"index/{self.index}"

    @classmethod
    def read(cls, text: str) -> Source:
        kind, _, name = text.partition("/")
        return cls(account=Account(name)) if kind == "account" else cls(index=int(name))


@dataclass(frozen=True, slots=True)
class Limits:
    """Amounts in minor units of the token, or in sun. `None` per day: not limited."""

    gas_minor: int
    gas_minor_per_day: int
    withdrawal_minor: int
    withdrawal_minor_per_day: int
    fee_sun: int
    expires_within: timedelta

    def of(self, purpose: Purpose) -> tuple[int, int] | None:
        """For one transaction, and for all of a day; None for sweeps, which can only reach the main wallet."""
        match purpose:
            case Purpose.SWEEP:
                return None
            case Purpose.GAS:
                return self.gas_minor, self.gas_minor_per_day
            case Purpose.WITHDRAWAL:
                return self.withdrawal_minor, self.withdrawal_minor_per_day


@dataclass(frozen=True, slots=True)
class Known:
    """The addresses that decide. `sender` is that of the key that would sign; `derived`: the recipient is our own."""

    contract: str
    main: str
    gas: str
    sender: str
    derived: bool


def refusal(
    purpose: Purpose, source: Source, transaction: Transaction, known: Known, limits: Limits, now: datetime
) -> str | None:
    """Why `transaction` is not signed, or None. `now` is the database's clock. The day's limit is not looked at."""
    wanted = {Purpose.SWEEP: None, Purpose.GAS: Account.GAS, Purpose.WITHDRAWAL: Account.MAIN}[purpose]
    if source.account is not wanted or transaction.sender != known.sender:
        return "sender_not_allowed"
    if transaction.contract != (None if purpose is Purpose.GAS else known.contract):
        return "contract_not_allowed"
    if not _may_receive(purpose, transaction.recipient, known):
        return "destination_not_allowed"
    most = limits.of(purpose)
    if most is not None and transaction.amount_minor > most[0]:
        return "amount_over_limit"
    if transaction.fee_limit_sun > limits.fee_sun:
        return "fee_over_limit"
    if transaction.expires_at > now + limits.expires_within:
        return "expiration_too_long"
    return None


def over_the_day(purpose: Purpose, spent_minor: int, amount_minor: int, limits: Limits) -> bool:
    """Whether `amount_minor` is too much after `spent_minor` in the last 24 hours."""
    most = limits.of(purpose)
    return most is not None and spent_minor + amount_minor > most[1]


def _may_receive(purpose: Purpose, recipient: str, known: Known) -> bool:
    match purpose:
        case Purpose.SWEEP:
            return recipient == known.main
        case Purpose.GAS:
            return known.derived and recipient not in (known.main, known.gas, known.contract)
        case Purpose.WITHDRAWAL:
            return not known.derived and recipient not in (known.main, known.gas, known.contract, NOBODY)
