"""A test asserts something, is enabled, and does not sleep."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from checks.finding import Finding
from checks.names import dotted, functions, imported
from checks.tree import Repository, Source

_ASSERTS = ("assert", "check", "verify", "must", "expect", "raises", "warns")
_SLEEPS = frozenset({"time.sleep", "asyncio.sleep", "anyio.sleep"})
_SWITCHES = frozenset({"pytest.mark.skip", "pytest.mark.xfail", "pytest.skip", "pytest.xfail"})
MAX_SLEEP_S = 0.2  # long enough for a poll, too short to wait for an event by hope
SLEEP_MARK = "# waits:"
SKIP_MARK = "# lacks:"  # of a fixture: what the machine needs and lacks


def check(repository: Repository) -> Iterator[Finding]:
    for source in repository.python:
        if source.package == "tests":
            if PurePosixPath(source.path).name.startswith("test_"):
                yield from _assertions(source)
            yield from _sleeps(source)
            yield from _switches(source)


def _assertions(source: Source) -> Iterator[Finding]:
    for function in functions(source):
        if function.name.startswith("test") and not any(_asserts(node) for node in ast.walk(function)):
            yield Finding(source.path, function.lineno, "tests.no-assertion", f"{function.name} asserts nothing")


def _asserts(node: ast.AST) -> bool:
    """An approximation: an assert statement, or a call whose name says that it checks."""
    if isinstance(node, ast.Call):
        return any(word in ast.unparse(node.func).lower() for word in _ASSERTS)
    return isinstance(node, ast.Assert)


def _sleeps(source: Source) -> Iterator[Finding]:
    names = imported(source)
    for node in source.nodes:
        if not isinstance(node, ast.Call) or dotted(node.func, names) not in _SLEEPS or not node.args:
            continue
        duration = node.args[0]
        if isinstance(duration, ast.Constant) and isinstance(duration.value, int | float):
            marked = SLEEP_MARK in source.lines[node.lineno - 1]
            if duration.value > MAX_SLEEP_S and not marked:
                said = f"sleeps {duration.value} s; wait for the event, or end the line with `{SLEEP_MARK} why`"
                yield Finding(source.path, node.lineno, "tests.sleep-too-long", said)


def _switches(source: Source) -> Iterator[Finding]:
    names = imported(source)
    for node in source.nodes:
        if isinstance(node, ast.Attribute):
            name = dotted(node, names)
            if name in _SWITCHES and not _lacks_a_part(source, node):
                yield Finding(source.path, node.lineno, "tests.switched-off", f"{name}: mend the test or delete it")


def _lacks_a_part(source: Source, node: ast.Attribute) -> bool:
    """Only a fixture may skip because the machine lacks something, with a reason; a test is never disabled."""
    in_fixture = source.path.startswith("tests/fixtures/")
    return in_fixture and ast.unparse(node) == "pytest.skip" and SKIP_MARK in source.lines[node.lineno - 1]
