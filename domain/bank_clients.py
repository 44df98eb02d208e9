"""Client programs of banks that an administrator registers: states, and what a program may be asked to serve."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Final

from domain.errors import Conflict
from domain.states import Machine

MAX_CLIENTS: Final = 50  # every worker has connections to each of them
MAX_TIMEOUT_MS: Final = 20_000  # an activity waits no longer for an answer
MAX_CALLS: Final = 100  # as many as a worker makes at once


class BankClientState(StrEnum):
    DISABLED = "disabled"  # never called: a call to it has the outcome unknown
    ENABLED = "enabled"
    DRAINING = "draining"  # what is open goes on to its end; nothing new begins


_S = BankClientState
MACHINE: Final = Machine(
    {_S.DISABLED},
    frozenset(
        {(_S.DISABLED, _S.ENABLED), (_S.ENABLED, _S.DRAINING), (_S.DRAINING, _S.ENABLED), (_S.DRAINING, _S.DISABLED)}
    ),
)


def must_move(before: BankClientState, after: BankClientState) -> None:
    """Raises `Conflict` bank_client_state for a move that there is not."""
    if (str(before), str(after)) not in MACHINE.moves:
        raise Conflict("bank_client_state", f"It is {before} and cannot become {after}.", "state")


def serves(state: BankClientState | None) -> bool:
    """Whether new money may move at a bank. `state` is that of its client; None: the client of the settings."""
    return state in (None, BankClientState.ENABLED)


def must_serve(state: BankClientState | None) -> None:
    """Raises `Conflict` bank_not_served unless `serves(state)`."""
    if not serves(state):
        raise Conflict("bank_not_served", "Nothing new can begin at this bank at the moment.", "account_id")


def claimed(banks: Iterable[tuple[int, str]], others: Mapping[int, str]) -> list[int]:
    """Which of the `banks`, ids and requisites, another client serves already: `others`, by id their requisites."""
    requisites: Collection[str] = set(others.values())
    return sorted(id_ for id_, requisite in banks if id_ in others or requisite in requisites)
