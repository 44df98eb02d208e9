"""What a step of a payment is decided by, as the database told it in one statement (`acts/steps.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import ledger
from bank.service.acts.code_limits import CodeLimits
from bank.service.models import Account, Base, Code, OperationRow
from bank.service.refusals import UnknownAccount, account_closed, unknown_operation
from domain.fees import NO_FEE, FeeRule

Raw = Mapping[str, Any]
Row = TypeVar("Row", bound=Base)


class MissingBook(LookupError):
    """A book that this program has not met yet; it is to be read, and the step decided again."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Books(Protocol):
    """The banks' own ledger accounts."""

    def shard(self, code: str, key: str) -> int:
        """The ledger account of the book `code` that postings for `key` use; raises `MissingBook`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a step has to know: the debit `operation` and its `parties`, `accounts`, the fee between two banks (`pair`).

    `limits`: a try of the operation's code is counted before anything is told. `code`: the next one is
    to be made. `turn`: how long there is none by a limit, as `AccountLimit.as_json` says it.
    `refund`: which debits are to be refunded (`acts/refunds.py`).
    """

    operation: str | None = None
    accounts: Sequence[str] = ()
    parties: bool = False
    pair: tuple[int | None, int | None, str] | None = None
    limits: CodeLimits | None = None
    code: bool = False
    turn: Raw | None = None
    refund: Raw | None = None

    def as_json(self, *, counted: bool) -> dict[str, Any]:
        """For the database; with `counted` the try of a code is counted first."""
        wanted: dict[str, Any] = {"operation": self.operation, "accounts": list(self.accounts), "pair": self.pair}
        if self.parties:
            wanted["parties"] = True
        if self.code:
            wanted["code"] = True
        if self.turn is not None:
            wanted["turn"] = self.turn
        if self.refund is not None:
            wanted["refund"] = self.refund
        if self.limits is not None and counted:
            wanted["limits"] = self.limits.as_json()
        return wanted


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account with what can be debited, what it owes, minor units, and the ledger account that it owes that to.

    The debt is None while it has no account for debts; so is `guarantee` then.
    """

    account: Account
    raw: Raw
    available_minor: int
    debt_minor: int | None
    guarantee: int | None


@dataclass(frozen=True, slots=True)
class TriedCode:
    """The live code that this request's try number `number` was counted against."""

    code: Code
    number: int


@dataclass(frozen=True, slots=True)
class Facts:
    """One reading, at `now` by the bank database's clock. Rows are detached: to change them changes nothing stored.

    `code_id` is that of the next code, `books` the ledger accounts of the banks' books, `refund` what a refund needs.
    `wait_s`: for so long there is none of the turns that were asked about.
    """

    caller: str
    now: datetime
    raw_operation: Raw | None
    operation: OperationRow | None
    tried: TriedCode | None
    last_code: Code | None
    code_id: int | None
    fee: FeeRule
    accounts: Mapping[str, KnownAccount]
    books: Mapping[str, Sequence[int]] = field(repr=False)
    refund: Raw | None = None
    wait_s: int | None = None

    def known_operation(self) -> OperationRow:
        """The caller's debit that was named; raises `NotFound` `unknown_operation`."""
        if self.operation is None:
            raise unknown_operation()
        return self.operation

    def open_account(self, number: str, name: str) -> KnownAccount:
        """The account that the field `name` names; raises `UnknownAccount`, `Conflict` `account_closed`."""
        known = self.accounts.get(number)
        if known is None:
            raise UnknownAccount(name)
        if known.account.closed_at is not None:
            raise account_closed(name)
        return known

    def shard(self, code: str, key: str) -> int:
        """The ledger account of the book `code` that postings for `key` use; raises `MissingBook`."""
        if code not in self.books:
            raise MissingBook(code)
        return ledger.shard_for(self.books[code], key)


def facts_of(told: Raw, caller: str, books: Mapping[str, Sequence[int]]) -> Facts:
    """From the JSON of the database's `facts`."""
    tried, fee = told["tried"], told["fee"]
    return Facts(
        caller=caller,
        now=moment(told["now"]),
        raw_operation=told["operation"],
        operation=None if told["operation"] is None else row_of(OperationRow, told["operation"]),
        tried=None if tried is None else TriedCode(_code(tried), tried["try"]),
        last_code=None if told["last_code"] is None else _code(told["last_code"]),
        code_id=told["code_id"],
        fee=NO_FEE if fee is None else FeeRule(fee["percent_bp"], fee["minimum_minor"]),
        accounts={known["row"]["number"]: _known(known) for known in told["accounts"] or ()},
        books=books,
        refund=told.get("refund"),
        wait_s=told.get("wait_s"),
    )


def moment(text: str) -> datetime:
    """A time as PostgreSQL writes it in JSON, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _known(told: Raw) -> KnownAccount:
    account = row_of(Account, told["row"])
    return KnownAccount(account, told["row"], told["available_minor"], told["debt_minor"], told["guarantee"])


def _code(told: Raw) -> Code:
    return row_of(Code, {name: value for name, value in told.items() if name != "try"})


def row_of(model: type[Row], told: Raw) -> Row:
    """A detached row from the JSON of the database."""
    return model(**{name: _value(name, value) for name, value in told.items()})


def _value(name: str, value: Any) -> Any:
    if isinstance(value, str):
        if name.endswith("_at"):
            return moment(value)
        if name == "digest":
            return bytes.fromhex(value.removeprefix("\\x"))
    return value
