"""The facts that a write is decided by: locked and read in one statement, and stable until the transaction ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from bank.service.refusals import UnknownAccount, account_closed, unknown_operation
from bank.service.values import CodeFacts, KnownAccount, Operation, RefundFacts, RefundQuery, Turn
from domain.fees import NO_FEE, FeeRule
from edge.idempotency import Answer, in_progress, stored_answer

# JSON is sent as text, so that the JSON codec of the engine does not matter.
_LOOK: Final = "SELECT free, fingerprint, status, body::text, facts::text FROM look($1, $2, $3::text::jsonb)"
_CODES: Final = "SELECT code_facts($1, $2, $3, $4)::text"


class Books(Protocol):
    """The banks' own ledger accounts."""

    def shard(self, code: str, key: str) -> int:
        """The ledger account of the book `code` that postings for `key` use."""


@dataclass(frozen=True, slots=True)
class Query:
    """The facts that a write needs, and locks: in this order the debit `operation` and its live code, the debits of a
    `refund`, and `accounts` with the operation's `payer` and `payee`.

    `guarantees`: the guarantee accounts of all of these accounts' banks are locked too. `books`: their books are read.
    `pair`: payer's bank, payee's bank and currency of a fee. `codes`: those of the operation; `issues`: the
    next one is to be made. `turn`: how long that limit has no place.
    """

    operation: str | None = None
    payer: bool = False
    payee: bool = False
    accounts: Sequence[str] = ()
    guarantees: bool = False
    books: bool = False
    pair: tuple[int | None, int | None, str] | None = None
    codes: bool = False
    issues: bool = False
    turn: Turn | None = None
    refund: RefundQuery | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """One reading for `caller`, at `now`. `books` are ledger accounts by code; `wait_s`: time to the next place."""

    caller: str
    now: datetime
    operation: Operation | None = None
    codes: CodeFacts | None = None
    fee: FeeRule | None = None
    accounts: Mapping[str, KnownAccount] = field(default_factory=dict)
    books: Mapping[str, Sequence[int]] = field(default_factory=dict, repr=False)
    wait_s: int | None = None
    refund: RefundFacts | None = None

    def known_operation(self) -> Operation:
        """The caller's debit that was asked for. Raises `NotFound` `unknown_operation`."""
        if self.operation is None:
            raise unknown_operation()
        return self.operation

    def known_codes(self) -> CodeFacts:
        assert self.codes is not None, "a write about a code asks for the codes of its operation"
        return self.codes

    def open_account(self, number: str, name: str) -> KnownAccount:
        """The account in the field `name`. Raises `UnknownAccount`, `Conflict` `account_closed`."""
        known = self.accounts.get(number)
        if known is None:
            raise UnknownAccount(name)
        if known.closed_at is not None:
            raise account_closed(name)
        return known

    def fee_minor(self, amount_minor: int) -> int:
        """What a transfer of `amount_minor` costs between the two banks that were asked about."""
        return (self.fee or NO_FEE).fee_minor(amount_minor)

    def shard(self, code: str, key: str) -> int:
        """The ledger account of the book `code` that postings for `key` use."""
        return ledger.shard_for(self.books[code], key)


_QUERY: Final = TypeAdapter(Query)
_FACTS: Final = TypeAdapter(Facts)
_CODE_FACTS: Final = TypeAdapter(CodeFacts)
_BODY: Final = TypeAdapter(dict[str, object])


async def look(session: AsyncSession, caller: str, key: str, fingerprint: bytes, query: Query) -> Answer | Facts:
    """Takes the idempotency key until the transaction ends: the answer stored for it or, if there is none, the facts.

    Raises `Conflict` `request_in_progress`, and `Malformed` `idempotency_key_reused` for another fingerprint.
    """
    values = caller, key, _QUERY.dump_json(query, exclude_none=True).decode()
    seen = (await (await session.connection()).exec_driver_sql(_LOOK, values)).one()
    if not seen.free:
        raise in_progress()
    if seen.facts is None:
        return stored_answer(seen.fingerprint, seen.status, _BODY.validate_json(seen.body), fingerprint)
    return _FACTS.validate_json(seen.facts)


async def code_facts(session: AsyncSession, subject: str, caller: str, key: str, *, issues: bool) -> CodeFacts:
    """The codes of an operation or account access, which is locked; the live one is locked too."""
    found = await (await session.connection()).exec_driver_sql(_CODES, (subject, caller, key, issues))
    return _CODE_FACTS.validate_json(found.scalar_one())
