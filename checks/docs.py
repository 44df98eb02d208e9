"""Documents match files and codes: links lead somewhere; every error code and every page is listed.

And the reverse: a page that code refers to exists.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from checks.finding import Finding
from checks.imports import BESIDE
from checks.tree import Repository

ERRORS = "docs/errors.md"
NAVIGATION = "docs/zensical.toml"
# Every page of these is in it.
WHOLE_FOLDERS = ("docs/decisions/", "docs/runbooks/")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_ROW = re.compile(r"^\|\s*`([a-z0-9_]+)`\s*\|([^|]*)\|")
_CODE = re.compile(r"[a-z][a-z0-9_]+")
_PATH = re.compile(r"`((?:[\w.-]+/)+(?:[\w.-]+)?)`")
_NAMED = re.compile(r'"([\w./-]+\.md)"')
_PAGE = re.compile(r"\bdocs/[\w./-]+\.md\b")
# The tree of refusals at the top of domain/errors.py; the root has no status of its own.
_STATUS: dict[str, int | None] = {
    "Refusal": None,
    "Malformed": 422,
    "Unauthenticated": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "Conflict": 409,
    "TooMany": 429,
    "Unavailable": 503,
}


@dataclass(frozen=True, slots=True)
class Code:
    """A refusal raised with a literal code anywhere in the product; `status` None: decided elsewhere."""

    code: str
    status: int | None
    path: str
    line: int


def check(repository: Repository) -> Iterator[Finding]:
    yield from _links(repository)
    yield from _pages(repository)
    yield from _unlisted(repository)
    listed = repository.source(ERRORS)
    numbered = enumerate(listed.lines, start=1) if listed else ()
    rows = {row[1]: (number, row[2]) for number, line in numbered if (row := _ROW.match(line))}
    for code in codes(repository):
        if code.code not in rows:
            said = f"{code.code} ({code.status}) is not in {ERRORS}"
            yield Finding(code.path, code.line, "docs.unlisted-error-code", said)
        elif str(code.status or "") not in rows[code.code][1]:
            said = f"{code.code} has status {code.status}, and {ERRORS} says{rows[code.code][1]}"
            yield Finding(code.path, code.line, "docs.wrong-error-status", said)
    spelt = set(_literals(repository))
    for name, (number, _) in rows.items():
        if name not in spelt:
            yield Finding(ERRORS, number, "docs.unknown-error-code", f"{name} is spelt nowhere in the product")


def codes(repository: Repository) -> list[Code]:
    """Every literal code passed to a refusal's constructor in the product."""
    found: set[Code] = set()
    for source in repository.python:
        if source.package in BESIDE:
            continue
        for call in (node for node in source.nodes if isinstance(node, ast.Call)):
            name = ast.unparse(call.func).split(".")[-1]
            if name in _STATUS or ast.unparse(call.func) == "super().__init__":
                found |= {Code(code, _STATUS.get(name), source.path, call.lineno) for code in _given(call)}
    return sorted(found, key=lambda code: (code.code, code.path, code.line))


def _given(call: ast.Call) -> list[str]:
    given = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "code")]
    literals = [code.value for code in given if isinstance(code, ast.Constant)]
    return [code for code in literals if isinstance(code, str) and _CODE.fullmatch(code)]


def _literals(repository: Repository) -> Iterator[str]:
    for source in repository.python:
        if source.package not in BESIDE:
            for node in source.nodes:
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def _pages(repository: Repository) -> Iterator[Finding]:
    """Pages that a comment or docstring names and that do not exist."""
    for source in repository.sources:
        if source.path.endswith(".md") or source.package in BESIDE:
            continue
        for found in _PAGE.finditer(source.text):
            if found[0] not in repository.paths:
                yield Finding(source.path, source.line_of(found.start()), "docs.no-such-page", found[0])


def _unlisted(repository: Repository) -> Iterator[Finding]:
    """Pages under docs/ that no reader of the site would find."""
    navigation = repository.source(NAVIGATION)
    named = set(_NAMED.findall(navigation.text)) if navigation else set()
    pages = (path for path in repository.paths if path.startswith("docs/") and path.endswith(".md"))
    for path in pages:
        if not path.startswith(WHOLE_FOLDERS) and path.removeprefix("docs/") not in named:
            yield Finding(path, 1, "docs.unlisted-page", f"name it in {NAVIGATION}, where a reader looks for it")


def _headings(text: str) -> set[str]:
    """The anchors of the headings of a page."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def _links(repository: Repository) -> Iterator[Finding]:
    tops = {path.split("/", maxsplit=1)[0] for path in repository.paths}
    for source in repository.sources:
        if not source.path.endswith(".md"):
            continue
        folder = repository.root / PurePosixPath(source.path).parent
        for number, line in enumerate(source.lines, start=1):
            for target in _LINK.findall(line):
                path, _, heading = target.partition("#")
                if "://" in path:
                    continue
                page = folder / path if path else repository.root / source.path
                if not page.exists() or (heading and heading not in _headings(page.read_text())):
                    yield Finding(source.path, number, "docs.broken-link", target)
            for path in _PATH.findall(line):
                if path.split("/", maxsplit=1)[0] in tops and not (repository.root / path).exists():
                    yield Finding(source.path, number, "docs.no-such-file", path)
