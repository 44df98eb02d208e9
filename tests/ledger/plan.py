"""What `decide` is told and what it answers: plain data, in the shape in which the database gives and takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from ledger.outcomes import Outcome, Posted, RefusalReason, Refused


@dataclass(slots=True)
class Account:
    """An account as it stands; amounts in minor units of `currency`. `floor_minor` None: unguarded."""

    id: int
    currency: str
    floor_minor: int | None
    closed: bool
    balance_minor: int
    held_minor: int
    incoming_minor: int
    version: int


class Stored(NamedTuple):
    """A transfer that was written under a key before."""

    transfer_id: int
    fingerprint: str
    refusal: RefusalReason | None
    at: datetime


class HoldFacts(NamedTuple):
    """A hold that was made; `amount_minor` is what it reserved, whether or not it has ended."""

    transfer_id: int
    debit: int
    credit: int
    amount_minor: int
    currency: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All that `decide` may know. `new_ids` has at least one id for each key that is not in `stored`."""

    accounts: Mapping[int, Account]
    stored: Mapping[str, Stored]
    holds: Mapping[str, HoldFacts]
    new_ids: Sequence[int]


class TransferRow(NamedTuple):
    """One row of ledger.transfers, in the order of its columns."""

    id: int
    key: str
    fingerprint: str
    kind: str
    debit_account: int | None
    credit_account: int | None
    amount_minor: int | None
    currency: str | None
    hold_id: int | None
    reference: str
    refusal: str | None


class EntryRow(NamedTuple):
    """One row of ledger.entries, in the order of its columns."""

    transfer_id: int
    account_id: int
    version: int
    amount_minor: int
    held_minor: int
    incoming_minor: int
    balance_after_minor: int
    held_after_minor: int
    incoming_after_minor: int


class Fresh(NamedTuple):
    """A transfer that is about to be written; its time is not known yet."""

    key: str
    transfer_id: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """One answer per command, and the rows to write. `last_entries`: account id → index of its last entry."""

    answers: list[Posted | Refused | Fresh] = field(default_factory=list)
    transfers: list[TransferRow] = field(default_factory=list)
    entries: list[EntryRow] = field(default_factory=list)
    last_entries: dict[int, int] = field(default_factory=dict)

    def outcomes(self, written_at: datetime | None) -> list[Outcome]:
        """The answers, once the rows were written at `written_at` (None: there was nothing to write)."""
        outcomes: list[Outcome] = []
        for answer in self.answers:
            if isinstance(answer, Fresh):
                assert written_at is not None
                outcomes.append(Posted(answer.key, answer.transfer_id, written_at, answer.repeated))
            else:
                outcomes.append(answer)
        return outcomes
