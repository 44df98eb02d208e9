"""What a ledger is, told once more in the simplest way: a list of moves and a set of open holds, nothing stored.

Independent of the product: it uses only the product's words for commands (to be asked the same questions).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger import Capture, Command, Hold, Post


@dataclass(slots=True)
class ModelAccount:
    currency: str
    floor: int | None
    closed: bool = False


@dataclass(slots=True)
class Model:
    accounts: dict[int, ModelAccount]
    answers: dict[str, tuple[Command, str]] = field(default_factory=dict)
    moves: list[tuple[int, int, int]] = field(default_factory=list)  # from, to, how much
    holds: dict[str, Hold] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)

    def balance(self, account: int) -> int:
        return sum(much * ((to == account) - (source == account)) for source, to, much in self.moves)

    def held(self, account: int) -> int:
        return sum(hold.amount_minor for hold in self._open() if hold.debit == account)

    def incoming(self, account: int) -> int:
        return sum(hold.amount_minor for hold in self._open() if hold.credit == account)

    def call(self, commands: Sequence[Command], *, linked: bool) -> list[str]:
        """The verdicts on one call, in the words of `books.verdict`."""
        before = copy.deepcopy(self)
        words = [self._ask(command) for command in commands]
        first_no = next((n for n, word in enumerate(words) if not word.startswith("posted")), None)
        if linked and first_no is not None:
            self.answers, self.moves, self.holds, self.ended = (
                before.answers,
                before.moves,
                before.holds,
                before.ended,
            )
            reason = words[first_no].removesuffix(" again")
            words = [
                self._ask(command, reason if n == first_no else "linked_refused") for n, command in enumerate(commands)
            ]
        return words

    def _ask(self, command: Command, imposed: str | None = None) -> str:
        if command.key in self.answers:
            first, word = self.answers[command.key]
            return f"{word} again" if first == command else "key_conflict"
        word = imposed or self._judge(command)
        self.answers[command.key] = command, word
        if word == "posted":
            self._carry_out(command)
        return word

    def _judge(self, command: Command) -> str:
        if isinstance(command, (Post, Hold)):
            return self._judge_transfer(command)
        asked = command.amount_minor if isinstance(command, Capture) else None
        if asked is not None and not 1 <= asked <= 10**15:
            return "bad_amount"
        if command.hold_key not in self.holds:
            return "unknown_hold"
        if command.hold_key in self.ended:
            return "hold_ended"
        if asked is not None and asked > self.holds[command.hold_key].amount_minor:
            return "exceeds_hold"
        return "posted"

    def _judge_transfer(self, command: Post | Hold) -> str:
        if not 1 <= command.amount_minor <= 10**15:
            return "bad_amount"
        if command.debit == command.credit:
            return "same_account"
        if not {command.debit, command.credit} <= self.accounts.keys():
            return "unknown_account"
        both = self.accounts[command.debit], self.accounts[command.credit]
        if any(account.currency != command.currency for account in both):
            return "currency_mismatch"
        if any(account.closed for account in both):
            return "account_closed"
        floor = both[0].floor
        if floor is not None and self.balance(command.debit) - self.held(command.debit) - command.amount_minor < floor:
            return "insufficient_funds"
        return "posted"

    def _carry_out(self, command: Command) -> None:
        if isinstance(command, Post):
            self.moves.append((command.debit, command.credit, command.amount_minor))
        elif isinstance(command, Hold):
            self.holds[command.key] = command
        else:
            self.ended.add(command.hold_key)
            hold = self.holds[command.hold_key]
            if isinstance(command, Capture):
                amount = hold.amount_minor if command.amount_minor is None else command.amount_minor
                self.moves.append((hold.debit, hold.credit, amount))

    def _open(self) -> list[Hold]:
        return [hold for key, hold in self.holds.items() if key not in self.ended]
