"""A ledger in the simplest way: the command and answer under each key. Everything else is computed from that.

Independent of the product: it uses only the product's words for commands (to be asked the same questions).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger import Capture, Command, Hold, Post


@dataclass(slots=True)
class ModelAccount:
    currency: str
    floor: int | None
    closed: bool = False


class Answer(NamedTuple):
    """`word`: `posted` or why not. `sides`: payer and payee; for the end of a hold, the hold's; None without one."""

    command: Command
    word: str
    sides: Post | Hold | None

    @property
    def amount_minor(self) -> int | None:
        """What was asked for; in an end of a hold that names no amount, what was held."""
        named = None if self.command.kind == "void" else getattr(self.command, "amount_minor", None)
        return self.sides.amount_minor if named is None and self.sides else named


class Change(NamedTuple):
    """What a transfer adds to the balance, held and incoming amounts of an account."""

    key: str
    account: int
    amounts: tuple[int, int, int]


@dataclass(slots=True)
class Model:
    """`answers` by key, in the order in which keys were first used."""

    accounts: dict[int, ModelAccount]
    answers: dict[str, Answer] = field(default_factory=dict)

    def call(self, commands: Sequence[Command], *, linked: bool) -> list[str]:
        """The verdicts on one call, in the words of `books.verdict`."""
        before = dict(self.answers)
        words = [self._ask(command) for command in commands]
        first_no = next((n for n, word in enumerate(words) if not word.startswith("posted")), None)
        if linked and first_no is not None:
            self.answers = before
            reason = words[first_no].removesuffix(" again")
            words = [
                self._ask(command, reason if n == first_no else "linked_refused") for n, command in enumerate(commands)
            ]
        return words

    # --- what the books must contain

    def balance(self, account: int) -> tuple[int, int, int]:
        """Balance, held and incoming amounts."""
        return _sum(change.amounts for change in self._changes() if change.account == account)

    def transfers(self) -> list[tuple[object, ...]]:
        """Key, kind, debit, credit, amount, currency, key of the hold, reference, refusal; refused ones too.

        Of a hold that is not known nothing is written, and no amount that is too large for its column.
        """
        rows: list[tuple[object, ...]] = []
        for key, answer in self.answers.items():
            command, word, sides = answer
            about = (None, None) if sides is None else (sides.debit, sides.credit)
            amount = answer.amount_minor
            storable = amount if amount is not None and abs(amount) < 2**63 else None
            ends = sides.key if sides and sides is not command else None
            currency = sides.currency if sides else None
            refusal = None if word == "posted" else word
            reference = getattr(command, "reference", "")
            rows.append((key, command.kind, *about, storable, currency, ends, reference, refusal))
        return rows

    def entries(self) -> list[tuple[object, ...]]:
        """Account by account: key, account, version, what was added, and the three amounts after it."""
        rows: list[tuple[object, ...]] = []
        for account in sorted(self.accounts):
            own = [change for change in self._changes() if change.account == account]
            for version, change in enumerate(own, start=1):
                after = _sum(earlier.amounts for earlier in own[:version])
                rows.append((change.key, account, version, *change.amounts, *after))
        return rows

    def _changes(self) -> Iterator[Change]:
        for key, answer in self.answers.items():
            command, word, sides = answer
            if word != "posted":
                continue
            assert sides is not None and answer.amount_minor is not None
            moved = 0 if command.kind in ("hold", "void") else answer.amount_minor
            reserved = {"post": 0, "hold": sides.amount_minor}.get(command.kind, -sides.amount_minor)
            yield Change(key, sides.debit, (-moved, reserved, 0))
            yield Change(key, sides.credit, (moved, 0, reserved))

    # --- how a command is answered

    def _ask(self, command: Command, imposed: str | None = None) -> str:
        if command.key in self.answers:
            first = self.answers[command.key]
            return f"{first.word} again" if first.command == command else "key_conflict"
        sides = command if isinstance(command, (Post, Hold)) else self._hold(command.hold_key)
        word = imposed or self._judge(command)
        self.answers[command.key] = Answer(command, word, sides)
        return word

    def _judge(self, command: Command) -> str:
        if isinstance(command, (Post, Hold)):
            return self._judge_transfer(command)
        asked = command.amount_minor if isinstance(command, Capture) else None
        if asked is not None and not 1 <= asked <= 10**15:
            return "bad_amount"
        hold = self._hold(command.hold_key)
        if hold is None:
            return "unknown_hold"
        if any(
            word == "posted" and sides is hold and ended is not hold for ended, word, sides in self.answers.values()
        ):
            return "hold_ended"
        return "exceeds_hold" if asked is not None and asked > hold.amount_minor else "posted"

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
        balance, held, _ = self.balance(command.debit)
        floor = both[0].floor
        return "insufficient_funds" if floor is not None and balance - held - command.amount_minor < floor else "posted"

    def _hold(self, key: str) -> Hold | None:
        """The hold that was made under a key."""
        found = self.answers.get(key)
        return found.command if found and found.word == "posted" and isinstance(found.command, Hold) else None


def _sum(amounts: Iterator[tuple[int, int, int]]) -> tuple[int, int, int]:
    whole = (0, 0, 0)
    for balance, held, incoming in amounts:
        whole = (whole[0] + balance, whole[1] + held, whole[2] + incoming)
    return whole
