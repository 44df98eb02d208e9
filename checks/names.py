"""Resolves names through a file's imports: `dt.now` after `from datetime import datetime as dt`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.tree import Source


@dataclass(frozen=True, slots=True)
class Use:
    """`name` (dotted, in full) is used or imported at `line`."""

    name: str
    line: int


def imported(source: Source) -> dict[str, str]:
    """Each local name bound by an import, with its full dotted name."""
    names: dict[str, str] = {}
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.split(".", maxsplit=1)[0]
                names[local] = alias.name if alias.asname else local
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def dotted(node: ast.AST, names: dict[str, str]) -> str | None:
    """The full dotted name of `a.b.c` or `a`; None for anything else. Builtins stand for themselves."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([names.get(node.id, node.id), *reversed(parts)])


def imports(source: Source) -> Iterator[Use]:
    """Every imported module; for `from a import b` both `a` and `a.b`, since `b` may be a module."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from (Use(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield Use(node.module, node.lineno)
            yield from (Use(f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def uses(source: Source) -> Iterator[Use]:
    """Every name that is read, as the longest dotted chain, and every import."""
    names = imported(source)
    inner = {id(node.value) for node in source.nodes if isinstance(node, ast.Attribute)}
    for node in source.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in inner:
            name = dotted(node, names)
            if name is not None:
                yield Use(name, node.lineno)
    yield from imports(source)


def within(name: str, prefixes: frozenset[str] | tuple[str, ...]) -> bool:
    """Whether `name` is one of `prefixes` or below one of them."""
    parts = name.split(".")
    return any(".".join(parts[:count]) in prefixes for count in range(1, len(parts) + 1))


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in source.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
