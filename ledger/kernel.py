"""`post`: any number of commands in two statements — lock and look up, then write what `decide` made of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.commands import Command, Hold, Post
from ledger.decide import decide
from ledger.outcomes import Outcome, RefusalReason
from ledger.plan import Account, Facts, HoldFacts, Plan, Stored

MAX_COMMANDS: Final = 1_000  # per call: a bound on how long its account locks are held

# JSON travels as text, so that no JSON codec of the caller's engine matters.
_LOOK_UP: Final = "SELECT ledger.lock_and_look_up($1, $2, $3)::text"
_RECORD: Final = "SELECT ledger.record($1::text::jsonb, $2::text::jsonb)"


async def post(connection: AsyncConnection, commands: Sequence[Command], *, linked: bool = False) -> list[Outcome]:
    """Carries out `commands` in order, inside the caller's transaction; answers[i] belongs to commands[i].

    Each command sees the effects of those before it, also in the same call. A key that was answered before gets its
    first answer again (`repeated`), before any other rule is asked; with another content it gets KEY_CONFLICT. A
    refusal concerns its own command alone and is stored; with `linked` one refusal refuses all (see `decide`).

    The transaction must be READ COMMITTED. All touched accounts are locked in id order until it ends, so two calls in
    one transaction may deadlock with others (40P01): prefer one call. Two callers that use one new key for different
    accounts at once meet in constraint KEY_RACE (an IntegrityError): repeat the whole transaction, the
    repeat is answered KEY_CONFLICT. Raises ValueError for more than MAX_COMMANDS commands.
    """
    if len(commands) > MAX_COMMANDS:
        raise ValueError(f"at most {MAX_COMMANDS} commands per call")
    if not commands:
        return []
    plan = decide(commands, await _look_up(connection, commands), linked=linked)
    written_at = await _record(connection, plan) if plan.transfers else None
    return plan.outcomes(written_at)


async def _look_up(connection: AsyncConnection, commands: Sequence[Command]) -> Facts:
    accounts: set[int] = set()
    hold_keys: set[str] = set()
    for command in commands:
        if isinstance(command, (Post, Hold)):
            accounts.update((command.debit, command.credit))
        else:
            hold_keys.add(command.hold_key)
    keys = list({command.key for command in commands})
    result = await connection.exec_driver_sql(_LOOK_UP, (list(accounts), keys, list(hold_keys)))
    return _read_facts(json.loads(result.scalar_one()))


def _read_facts(found: dict[str, list[Any] | None]) -> Facts:
    """From the JSON of ledger.lock_and_look_up; an empty list arrives as null."""
    stored = {
        key: Stored(
            transfer_id,
            digest,
            None if refusal is None else RefusalReason(refusal),
            datetime.fromisoformat(at).astimezone(UTC),
        )
        for key, transfer_id, digest, refusal, at in found["known"] or ()
    }
    return Facts(
        accounts={row[0]: Account(*row) for row in found["accounts"] or ()},
        stored=stored,
        holds={key: HoldFacts(*rest) for key, *rest in found["holds"] or ()},
        new_ids=found["new_ids"] or (),
    )


async def _record(connection: AsyncConnection, plan: Plan) -> datetime:
    last = set(plan.last_entries.values())
    transfers = json.dumps(plan.transfers)
    entries = json.dumps([(*entry, position in last) for position, entry in enumerate(plan.entries)])
    result = await connection.exec_driver_sql(_RECORD, (transfers, entries))
    written_at: datetime = result.scalar_one()
    return written_at
