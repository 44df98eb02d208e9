"""Row locks keep the key free: `FOR NO KEY UPDATE`, never `FOR UPDATE`.

Every insert of a row that refers to another locks that other row `FOR KEY SHARE`, and so does an update of a row that
the same transaction inserted. `FOR UPDATE` waits for that lock, so two transactions that hold it can deadlock. No row
ever changes its key, and a DELETE takes the lock that it needs by itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.finding import Finding
from checks.tree import Repository, Source

_RULE = "locks.blocks-references"
_SAID = "FOR UPDATE waits for rows that refer to this one; say key_share=True, or FOR NO KEY UPDATE"
_SQL = re.compile(r"\bFOR UPDATE\b")
_KEEPS_KEY = ("key_share", "read")


def check(repository: Repository) -> Iterator[Finding]:
    for source in repository.sources:
        # Migrations are history; a test examines what is in force in the migrated database.
        if source.package in ("tests", "checks") or "/migrations/" in source.path:
            continue
        if source.path.endswith(".sql"):
            yield from _in_script(source)
        if not source.path.endswith(".py"):
            continue
        yield from (
            Finding(source.path, node.lineno, _RULE, _SAID)
            for node in source.nodes
            if (isinstance(node, ast.Call) and _blocks(node))
            or (isinstance(node, ast.Constant) and _is_sql(source, node))
        )


def _in_script(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.lines, start=1):
        if _SQL.search(line.partition("--")[0]):
            yield Finding(source.path, number, _RULE, _SAID)


def _blocks(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "with_for_update":
        return not any(word.arg is None or word.arg in _KEEPS_KEY for word in call.keywords)
    option = next((word.value for word in call.keywords if word.arg == "with_for_update"), None)
    return option is not None and not any(word in ast.unparse(option) for word in _KEEPS_KEY)


def _is_sql(source: Source, node: ast.Constant) -> bool:
    """Whether it is a statement with such a lock rather than a docstring, which may mention one."""
    prose = source.lines[node.lineno - 1].lstrip().startswith('"""')
    return isinstance(node.value, str) and not prose and _SQL.search(node.value) is not None
