"""Row locks keep the key free: `FOR NO KEY UPDATE`, never `FOR UPDATE`.

Every insert of a row that refers to another locks that other row `FOR KEY SHARE`, and so does an update of a row that
the same transaction inserted. `FOR UPDATE` waits for that lock, so two transactions that hold it can deadlock. No row
ever changes its key, and a DELETE takes the lock that it needs by itself.

And nothing outlives its transaction: between two of them a pooler may give the connection to another program.
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
_OUTLIVES = "locks.outlives-transaction"
_SAID_OF_SESSIONS = "it belongs to a session, which a pooler shares out between transactions (decision 89)"
_OF_SESSION = re.compile(
    r"\bpg_(?:try_)?advisory_(?:un)?lock\w*\(|\bCREATE TEMP|\bLISTEN \w|\bSET SESSION\b|\bWITH HOLD\b"
    r"|\bset_config\([^()]*,\s*false\s*\)"
)
# A statement of its own in Python; in a script an UPDATE may begin a line so.
_SETTING = re.compile(r"^\s*SET (?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)[a-z]")
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
        for node in source.nodes:
            if not isinstance(node, ast.expr):
                continue
            if (isinstance(node, ast.Call) and _blocks(node)) or _is_sql(source, node, _SQL):
                yield Finding(source.path, node.lineno, _RULE, _SAID)
            if source.package != "bench" and (_listens(node) or _is_sql(source, node, _OF_SESSION, _SETTING)):
                yield Finding(source.path, node.lineno, _OUTLIVES, _SAID_OF_SESSIONS)


def _in_script(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.lines, start=1):
        statement = line.partition("--")[0]
        if _SQL.search(statement):
            yield Finding(source.path, number, _RULE, _SAID)
        if _OF_SESSION.search(statement):
            yield Finding(source.path, number, _OUTLIVES, _SAID_OF_SESSIONS)


def _blocks(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "with_for_update":
        return not any(word.arg is None or word.arg in _KEEPS_KEY for word in call.keywords)
    option = next((word.value for word in call.keywords if word.arg == "with_for_update"), None)
    return option is not None and not any(word in ast.unparse(option) for word in _KEEPS_KEY)


def _listens(node: ast.AST) -> bool:
    """The driver's own way to LISTEN."""
    return isinstance(node, ast.Attribute) and node.attr == "add_listener"


def _is_sql(source: Source, node: ast.AST, *what: re.Pattern[str]) -> bool:
    """Whether it is a statement that contains any of `what` rather than a docstring, which may mention it."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    prose = source.lines[node.lineno - 1].lstrip().startswith('"""')
    return not prose and any(one.search(node.value) for one in what)
