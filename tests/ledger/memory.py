"""A ledger without a database: what `decide` plans, kept."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ledger import Command, RefusalReason
from tests.ledger.books import verdicts
from tests.ledger.decide import decide
from tests.ledger.model import ModelAccount
from tests.ledger.plan import Account, EntryRow, Facts, HoldFacts, Plan, Stored, TransferRow

AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Memory:
    """Keeps what plans say, as the database would."""

    accounts: dict[int, Account]
    stored: dict[str, Stored] = field(default_factory=dict)
    holds: dict[str, HoldFacts] = field(default_factory=dict)
    next_id: int = 1
    transfers: list[TransferRow] = field(default_factory=list)
    entries: list[EntryRow] = field(default_factory=list)

    @classmethod
    def of(cls, world: Mapping[int, ModelAccount]) -> Memory:
        return cls({number: Account(number, a.currency, a.floor, a.closed, 0, 0, 0, 0) for number, a in world.items()})

    def call(self, commands: Sequence[Command], *, linked: bool) -> tuple[Plan, list[str]]:
        new_keys = {command.key for command in commands} - self.stored.keys()
        ids = range(self.next_id, self.next_id + len(new_keys))
        facts = Facts(self.accounts, self.stored, self.holds, ids)
        before = copy.deepcopy(facts)
        plan = decide(commands, facts, linked=linked)
        assert facts == before, "deciding changes nothing that it was told"
        self.next_id += len(new_keys)
        self._keep(plan)
        return plan, verdicts(plan.outcomes(AT))

    def _keep(self, plan: Plan) -> None:
        self.transfers += plan.transfers
        self.entries += plan.entries
        for row in plan.transfers:
            assert row.key not in self.stored
            refusal = None if row.refusal is None else RefusalReason(row.refusal)
            self.stored[row.key] = Stored(row.id, row.fingerprint, refusal, AT)
            if row.refusal is None and row.kind == "hold":
                assert row.debit_account and row.credit_account and row.amount_minor and row.currency
                self.holds[row.key] = HoldFacts(
                    row.id, row.debit_account, row.credit_account, row.amount_minor, row.currency, ended=False
                )
            if row.refusal is None and row.hold_id is not None:
                [key] = [key for key, hold in self.holds.items() if hold.transfer_id == row.hold_id]
                self.holds[key] = self.holds[key]._replace(ended=True)
        for account_id, position in plan.last_entries.items():
            last, account = plan.entries[position], self.accounts[account_id]
            account.version = last.version
            account.balance_minor = last.balance_after_minor
            account.held_minor = last.held_after_minor
            account.incoming_minor = last.incoming_after_minor
