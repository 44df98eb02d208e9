"""Migrations form one chain, numbered like their files, and change tables only; files in `sql/` can be run again.

Two branches that each add the next migration collide here rather than in the first database that is migrated.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import groupby

from checks.finding import Finding
from checks.tree import Repository, Source

_FILE = re.compile(r"(.+)/migrations/versions/(\d{4})_\w+\.(py|sql)")
_MADE = re.compile(
    r"\bCREATE\s+(OR REPLACE\s+)?(?:CONSTRAINT\s+)?(?:FUNCTION|TRIGGER|VIEW)\s+(\S+?)[\s(]", re.IGNORECASE
)


def check(repository: Repository) -> Iterator[Finding]:
    migrations = [(found, source) for source in repository.sources if (found := _FILE.fullmatch(source.path))]
    for found, source in migrations:
        for made in _MADE.finditer(source.text):
            said = f"what {made[2]} does stands in {found[1]}/sql/; migrations change tables"
            yield Finding(source.path, source.line_of(made.start()), "migrations.not-a-table", said)
    steps = [(found, source) for found, source in migrations if found[3] == "py"]
    for _, chain in groupby(steps, key=lambda step: step[0][1]):
        yield from _chain([source for _, source in chain])
    for source in repository.sources:
        if "/sql/" in source.path and source.path.endswith(".sql"):
            yield from _repeatable(source)


def _chain(sources: list[Source]) -> Iterator[Finding]:
    """Of one folder, by path and so by number."""
    previous = None
    for number, source in enumerate(sources, start=1):
        said = _constants(source)
        wanted = f"{number:04}"
        if not source.path.rpartition("/")[2].startswith(wanted) or said.get("revision") != wanted:
            yield Finding(source.path, 1, "migrations.not-next", f"file and revision should be {wanted}")
        if said.get("down_revision") != previous:
            yield Finding(source.path, 1, "migrations.not-next", f"down_revision should be {previous!r}")
        previous = wanted


def _constants(source: Source) -> dict[str, object]:
    return {
        target.id: statement.value.value
        for statement in source.tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _repeatable(source: Source) -> Iterator[Finding]:
    for made in _MADE.finditer(source.text):
        dropped = re.search(rf"\bDROP \w+ IF EXISTS {re.escape(made[2])}\b", source.text[: made.start()])
        if not made[1] and not dropped:
            said = f"CREATE OR REPLACE {made[2]}, or DROP it IF EXISTS first"
            yield Finding(source.path, source.line_of(made.start()), "migrations.not-repeatable", said)
