"""Size limits for files and functions: 300 and 70 lines, tests included."""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.names import functions
from checks.tree import Repository

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 70


def check(repository: Repository) -> Iterator[Finding]:
    for source in repository.python:
        if len(source.lines) > MAX_FILE_LINES:
            said = f"{len(source.lines)} lines, at most {MAX_FILE_LINES}"
            yield Finding(source.path, MAX_FILE_LINES + 1, "size.file-too-long", said)
        for function in functions(source):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                said = f"{function.name} has {lines} lines, at most {MAX_FUNCTION_LINES}"
                yield Finding(source.path, function.lineno, "size.function-too-long", said)
