"""The result of an audit and its report: each check with the rows examined, violations, and what was left out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain, zip_longest
from typing import Final

from ledger.findings import MAX_DETAILS, VARYING

SHOWN: Final = 20  # on a terminal


class Store(StrEnum):
    MARKET = "market"
    LEDGER = "ledger"
    BANK = "bank"
    TEMPORAL = "temporal"
    CHAIN = "chain"
    SIGNER = "signer"


class Outcome(StrEnum):
    OK = "ok"
    NOTHING = "nothing to examine"
    VIOLATED = "VIOLATED"


@dataclass(frozen=True, slots=True)
class Violation:
    """`check` found a row that breaks its rule, or could not do its work; `detail` names the row."""

    check: str
    detail: str


def listed(violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """At most `MAX_DETAILS`, with the first of each kind in front: many of one kind hide none of another."""
    kinds: dict[str, list[Violation]] = defaultdict(list)
    for violation in violations:
        kinds[re.sub(VARYING, "#", violation.detail)].append(violation)
    in_turn = chain.from_iterable(zip_longest(*kinds.values()))
    return tuple(violation for violation in in_turn if violation is not None)[:MAX_DETAILS]


@dataclass(frozen=True, slots=True)
class Result:
    """One check: `invariant` is the number of its rule in docs/invariants.md, None if the store gave none.

    `violations` holds at most 100; `broken` counts all.
    """

    store: Store
    name: str
    invariant: int | None
    sentence: str
    examined: int
    violations: tuple[Violation, ...] = ()
    broken: int = 0
    rare: bool = False
    """Not every market has such rows: examining none is no violation, not even for a strict audit."""

    @property
    def outcome(self) -> Outcome:
        if self.violations:
            return Outcome.VIOLATED
        return Outcome.OK if self.examined else Outcome.NOTHING


@dataclass(frozen=True, slots=True)
class NotExamined:
    """A rule, or part of one, that this audit did not check. `wanted` when a setting would enable it."""

    what: str
    why: str
    wanted: bool = False


@dataclass(frozen=True, slots=True)
class AuditReport:
    """An audit as of `at` (the market database's clock). Changes within `grace` before that may be in progress.

    With `strict`, a check that examined nothing and a part left out for lack of a setting are violations too.
    """

    at: datetime
    grace: timedelta
    strict: bool
    results: tuple[Result, ...]
    not_examined: tuple[NotExamined, ...] = ()

    @property
    def violations(self) -> tuple[Violation, ...]:
        found = [violation for result in self.results for violation in result.violations]
        if self.strict:
            idle = (result for result in self.results if result.outcome is Outcome.NOTHING and not result.rare)
            found += [Violation(result.name, "nothing to examine") for result in idle]
            wanted = (left for left in self.not_examined if left.wanted)
            found += [Violation("not_examined", f"{left.what}: {left.why}") for left in wanted]
        return tuple(found)

    @property
    def violation_count(self) -> int:
        """How many rows break a rule, including those that are not listed."""
        unlisted = sum(max(result.broken - len(result.violations), 0) for result in self.results)
        return len(self.violations) + unlisted

    @property
    def clean(self) -> bool:
        return not self.violations

    @property
    def examined(self) -> int:
        return sum(result.examined for result in self.results)

    @property
    def line(self) -> str:
        """The whole audit in one line: `audit: 60 checks, 1234 rows examined, 0 violations`."""
        count = self.violation_count
        return (
            f"audit: {len(self.results)} checks, {self.examined} rows examined, "
            f"{count} violation{'' if count == 1 else 's'}"
        )


def render(report: AuditReport) -> str:
    """The report for a terminal: a line per check, the violations below their checks, the summary last."""
    return "\n".join(_lines(report))


def _lines(report: AuditReport) -> Iterator[str]:
    yield f"As of {report.at.isoformat(timespec='seconds')} (database clock), grace {report.grace.total_seconds():g} s."
    names = max((len(result.name) for result in report.results), default=0)
    for store in Store:
        of_store = [result for result in report.results if result.store is store]
        if of_store:
            yield f"\n{store}"
        for result in of_store:
            number = "–" if result.invariant is None else str(result.invariant)
            counted = f"{result.examined:>9,}"
            yield f"  {number:>2}  {result.name:<{names}}  {counted}  {result.outcome:<18}  {result.sentence}"
            for violation in result.violations[:SHOWN]:
                yield f"        ! {violation.detail}"
            if result.broken > len(result.violations[:SHOWN]):
                yield f"        ! … {result.broken:,} rows in all"
    if report.not_examined:
        yield "\nnot examined"
    for left in report.not_examined:
        yield f"  {left.what}: {left.why}"
    broken = [result for result in report.results if result.violations]
    if broken:
        yield "\nviolated"
    for result in sorted(broken, key=lambda result: result.broken):
        yield f"  {result.name:<{names}}  {result.broken:>9,}"
    yield ""
    yield report.line
