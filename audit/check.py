"""What a check of the market database is: one rule, one SELECT over the rows it is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One read-only check of the market database; `invariant` is the number of its rule in docs/invariants.md.

    `sql` selects one row per thing examined: (detail), null or what is wrong with it, ids named. With `graced` it
    selects (detail, since): what has been so since less than the grace period may be under way and is no alarm.
    All other rules hold in every snapshot, because what they compare is written in one transaction.

    `given` are common table expressions that `sql` reads. `about` is what follows FROM in a SELECT of the nouns
    that the check is about: while there are any, a check that examines nothing has failed. `rare` is a check about what
    not every market does: a strict audit does not miss it.
    """

    name: str
    invariant: int
    sentence: str
    about: str
    sql: str
    given: tuple[str, ...] = ()
    graced: bool = False
    rare: bool = False
