"""The rules of the ledger, without any I/O: commands and facts in, answers and rows to write out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from domain.money import MAX_MINOR
from ledger.commands import Capture, Command, Hold, Post, Void, fingerprint
from ledger.outcomes import Posted, RefusalReason, Refused
from tests.ledger.plan import Account, EntryRow, Facts, Fresh, HoldFacts, Plan, TransferRow

BALANCE_LIMIT_MINOR: Final = 2**62  # the same bound as constraint accounts_in_range


def decide(commands: Sequence[Command], facts: Facts, *, linked: bool = False) -> Plan:
    """Answers the commands in order; each sees the effects of those before it. `facts` are left as they are.

    linked: when one is refused, none takes effect; the first refused keeps its reason, the others get LINKED_REFUSED.
    Keys that were answered before keep their answers either way.
    """
    plan = _Run(facts).answer_all(commands)
    if linked:
        for position, answer in enumerate(plan.answers):
            if isinstance(answer, Refused):
                reasons = [RefusalReason.LINKED_REFUSED] * len(commands)
                reasons[position] = answer.reason
                return _Run(facts).answer_all(commands, reasons)
    return plan


class _Run:
    """One pass over the commands, on copies of the accounts it touches."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._accounts: dict[int, Account] = {}
        self._holds = dict(facts.holds)
        self._answered: dict[str, tuple[str, Refused | Fresh]] = {}
        self._new_ids = iter(facts.new_ids)
        self._plan = Plan()

    def answer_all(self, commands: Sequence[Command], refuse: Sequence[RefusalReason] | None = None) -> Plan:
        """`refuse`: the reason with which each command is refused that was not answered before."""
        for position, command in enumerate(commands):
            digest = fingerprint(command)
            answer = self._answer_of_before(command.key, digest)
            if answer is None:
                fresh = self._decide(command, digest, None if refuse is None else refuse[position])
                self._answered[command.key] = digest, fresh
                answer = fresh
            self._plan.answers.append(answer)
        return self._plan

    def _answer_of_before(self, key: str, digest: str) -> Posted | Refused | Fresh | None:
        """The answer to `key` in an earlier call or earlier in this one; comes before every precondition."""
        stored = self._facts.stored.get(key)
        if stored is not None:
            if stored.fingerprint != digest:
                return Refused(key, RefusalReason.KEY_CONFLICT)
            if stored.refusal is not None:
                return Refused(key, stored.refusal, repeated=True)
            return Posted(key, stored.transfer_id, stored.at, repeated=True)
        if key in self._answered:
            first_digest, answer = self._answered[key]
            if first_digest != digest:
                return Refused(key, RefusalReason.KEY_CONFLICT)
            if isinstance(answer, Refused):
                return replace(answer, repeated=True)
            return answer._replace(repeated=True)
        return None

    def _decide(self, command: Command, digest: str, forced: RefusalReason | None) -> Refused | Fresh:
        transfer_id = next(self._new_ids)
        if isinstance(command, (Post, Hold)):
            refusal = forced or self._transfer(command, transfer_id)
            row = self._row_of_transfer(command, transfer_id, digest, refusal)
        else:
            refusal = forced or self._end_hold(command, transfer_id)
            row = self._row_of_end(command, transfer_id, digest, refusal)
        self._plan.transfers.append(row)
        return Fresh(command.key, transfer_id) if refusal is None else Refused(command.key, refusal)

    def _transfer(self, command: Post | Hold, transfer_id: int) -> RefusalReason | None:
        amount = command.amount_minor
        if not 0 < amount <= MAX_MINOR:
            return RefusalReason.BAD_AMOUNT
        if command.debit == command.credit:
            return RefusalReason.SAME_ACCOUNT
        debit, credit = self._account(command.debit), self._account(command.credit)
        if debit is None or credit is None:
            return RefusalReason.UNKNOWN_ACCOUNT
        if not command.currency == debit.currency == credit.currency:
            return RefusalReason.CURRENCY_MISMATCH
        if debit.closed or credit.closed:
            return RefusalReason.ACCOUNT_CLOSED
        if debit.floor_minor is not None and debit.balance_minor - debit.held_minor - amount < debit.floor_minor:
            return RefusalReason.INSUFFICIENT_FUNDS
        if isinstance(command, Post):
            return self._enter_both(transfer_id, debit, credit, moved=amount, reserved=0)
        refusal = self._enter_both(transfer_id, debit, credit, moved=0, reserved=amount)
        if refusal is None:
            made = HoldFacts(transfer_id, command.debit, command.credit, amount, command.currency, ended=False)
            self._holds[command.key] = made
        return refusal

    def _end_hold(self, command: Capture | Void, transfer_id: int) -> RefusalReason | None:
        asked = command.amount_minor if isinstance(command, Capture) else None
        if asked is not None and not 0 < asked <= MAX_MINOR:
            return RefusalReason.BAD_AMOUNT
        hold = self._holds.get(command.hold_key)
        if hold is None:
            return RefusalReason.UNKNOWN_HOLD
        if hold.ended:
            return RefusalReason.HOLD_ENDED
        moved = _moved(command, hold)
        if moved > hold.amount_minor:
            return RefusalReason.EXCEEDS_HOLD
        debit, credit = self._account(hold.debit), self._account(hold.credit)
        assert debit is not None and credit is not None, "the accounts of a hold are locked and looked up with it"
        refusal = self._enter_both(transfer_id, debit, credit, moved=moved, reserved=-hold.amount_minor)
        if refusal is None:
            self._holds[command.hold_key] = hold._replace(ended=True)
        return refusal

    def _enter_both(
        self, transfer_id: int, debit: Account, credit: Account, *, moved: int, reserved: int
    ) -> RefusalReason | None:
        """Moves `moved` and reserves `reserved` (negative: frees) minor units; refuses what no BIGINT can carry."""
        highest = max(debit.held_minor + reserved, credit.balance_minor + moved, credit.incoming_minor + reserved)
        if highest > BALANCE_LIMIT_MINOR or debit.balance_minor - moved < -BALANCE_LIMIT_MINOR:
            return RefusalReason.BAD_AMOUNT
        self._enter(transfer_id, debit, -moved, reserved, 0)
        self._enter(transfer_id, credit, moved, 0, reserved)
        return None

    def _enter(self, transfer_id: int, account: Account, amount: int, held: int, incoming: int) -> None:
        account.version += 1
        account.balance_minor += amount
        account.held_minor += held
        account.incoming_minor += incoming
        after = account.balance_minor, account.held_minor, account.incoming_minor
        self._plan.last_entries[account.id] = len(self._plan.entries)
        self._plan.entries.append(EntryRow(transfer_id, account.id, account.version, amount, held, incoming, *after))

    def _account(self, account_id: int) -> Account | None:
        account = self._accounts.get(account_id)
        if account is None and account_id in self._facts.accounts:
            account = self._accounts[account_id] = replace(self._facts.accounts[account_id])
        return account

    def _row_of_transfer(
        self, command: Post | Hold, transfer_id: int, digest: str, refusal: RefusalReason | None
    ) -> TransferRow:
        return TransferRow(
            transfer_id,
            command.key,
            digest,
            command.kind,
            command.debit,
            command.credit,
            _storable(command.amount_minor),
            command.currency,
            None,
            command.reference,
            refusal,
        )

    def _row_of_end(
        self, command: Capture | Void, transfer_id: int, digest: str, refusal: RefusalReason | None
    ) -> TransferRow:
        """A refused one is written with as much of its hold as is known."""
        hold = self._holds.get(command.hold_key)
        amount = command.amount_minor if isinstance(command, Capture) else None
        if amount is None and hold is not None:
            amount = hold.amount_minor
        return TransferRow(
            transfer_id,
            command.key,
            digest,
            command.kind,
            hold.debit if hold else None,
            hold.credit if hold else None,
            _storable(amount),
            hold.currency if hold else None,
            hold.transfer_id if hold else None,
            "",
            refusal,
        )


def _moved(command: Capture | Void, hold: HoldFacts) -> int:
    if isinstance(command, Void):
        return 0
    return hold.amount_minor if command.amount_minor is None else command.amount_minor


def _storable(amount_minor: int | None) -> int | None:
    """A refused amount may be too large even for its column; the fingerprint still tells it from others."""
    return amount_minor if amount_minor is not None and -(2**63) <= amount_minor < 2**63 else None
