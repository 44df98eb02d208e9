"""`post`: carries out any number of commands in one statement (`sql/posting.sql`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from ledger.commands import Capture, Command, Hold, Post, fingerprint
from ledger.connection import Connection
from ledger.outcomes import Outcome, Posted, RefusalReason, Refused

MAX_COMMANDS: Final = 1_000  # per call: a bound on how long its account locks are held

# JSON is sent as text, so that the JSON codec of the caller's engine does not matter.
_CARRY_OUT: Final = "SELECT ledger.carry_out($1::text::jsonb, $2, $3)::text"


async def post(
    connection: Connection, commands: Sequence[Command], *, linked: bool = False, keep_refusals: bool = True
) -> list[Outcome]:
    """Carries out `commands` in order, inside the caller's transaction; answers[i] belongs to commands[i].

    Each command sees the effects of those before it, also within one call. A known key gets its first answer again
    (`repeated`), before any other rule is checked; with different content it gets KEY_CONFLICT. A refusal concerns only
    its own command and is stored. With `linked`, one refusal refuses all: the first keeps its reason, the others get
    LINKED_REFUSED. A linked call that is refused without `keep_refusals` leaves no trace.

    The transaction must be READ COMMITTED. All touched accounts stay locked, in id order, until it ends. Two calls in
    one transaction may therefore deadlock with others (40P01): prefer one call. Two callers that use one new key for
    different accounts at once meet in constraint KEY_RACE (an IntegrityError): repeat the whole transaction, and the
    repeat is answered KEY_CONFLICT. Raises ValueError for more than MAX_COMMANDS commands.
    """
    if len(commands) > MAX_COMMANDS:
        raise ValueError(f"at most {MAX_COMMANDS} commands per call")
    if not commands:
        return []
    rows = json.dumps(rows_of(commands))
    result = await connection.exec_driver_sql(_CARRY_OUT, (rows, linked, keep_refusals or not linked))
    answers = json.loads(result.scalar_one())
    return [_outcome(command.key, *answer) for command, answer in zip(commands, answers, strict=True)]


def rows_of(commands: Sequence[Command]) -> list[list[Any]]:
    """The commands in the form of ledger.carry_out: plain values for JSON."""
    return [_row_of(command) for command in commands]


def _row_of(command: Command) -> list[Any]:
    named: list[Any] = [command.key, fingerprint(command), command.kind]
    if isinstance(command, (Post, Hold)):
        sides = [command.debit, command.credit, command.amount_minor, command.currency]
        return [*named, *sides, None, command.reference]
    amount_minor = command.amount_minor if isinstance(command, Capture) else None
    return [*named, None, None, amount_minor, None, command.hold_key, ""]


def _outcome(key: str, transfer_id: int, reason: str | None, repeated: bool, at: str) -> Outcome:
    if reason is not None:
        return Refused(key, RefusalReason(reason), repeated)
    return Posted(key, transfer_id, datetime.fromisoformat(at).astimezone(UTC), repeated)
