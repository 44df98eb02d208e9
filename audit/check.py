"""A check of the market database: one rule, one SELECT over the rows that it is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One read-only check of the market database; `invariant` is the number of its rule in docs/invariants.md.

    `sql` selects one row per item examined: (detail), null or what is wrong with it, with ids. With `graced` it selects
    (detail, since): a state younger than the grace period may be in progress and is no violation. All other rules hold
    in every snapshot, because what they compare is written in one transaction.

    `given` are common table expressions that `sql` reads. `about` follows FROM in a SELECT of the nouns that the check
    is about: if there are any, a check that examines nothing has failed. `rare`: not every market has such rows, so
    that a strict audit accepts none.
    """

    name: str
    invariant: int
    sentence: str
    about: str
    sql: str
    given: tuple[str, ...] = ()
    graced: bool = False
    rare: bool = False
