"""The files under check: everything that git tracks or would track, each read and parsed once."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

# Not ours to style: what a generator makes. A test compares it with what the generator makes now.
_GENERATED = "clients/python/holdfast_client/"
# Only for trees without git, such as an unpacked archive; the folders that .gitignore names.
_NOT_SOURCE = frozenset({"__pycache__", "build", "dist"})


class Source:
    """One text file; `path` is relative to the root, with forward slashes."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.lines = text.splitlines()

    @property
    def package(self) -> str:
        """The first part of the path: `ledger` of `ledger/kernel.py`, `sagas` of `sagas.py`."""
        return self.path.split("/", maxsplit=1)[0].removesuffix(".py")

    def line_of(self, offset: int) -> int:
        """The number of the line that `offset` of the text is in, from 1."""
        return self.text.count("\n", 0, offset) + 1

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree; empty when the file does not parse, which ruff reports."""
        try:
            return ast.parse(self.text, filename=self.path)
        except SyntaxError:
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))


class Repository:
    """The checked files of the checkout at `root`, sorted by path, without binary files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths = sorted(_git_paths(root) if (root / ".git").exists() else _walked_paths(root))
        ours = (path for path in self.paths if not path.startswith(_GENERATED))
        self.sources = [source for path in ours if (source := _read(root, path)) is not None]

    @cached_property
    def python(self) -> list[Source]:
        return [source for source in self.sources if source.path.endswith(".py")]

    def source(self, path: str) -> Source | None:
        return next((source for source in self.sources if source.path == path), None)


def _git_paths(root: Path) -> Iterator[str]:
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return (path for path in set(listed.split("\0")) if path and (root / path).is_file())


def _walked_paths(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        folders[:] = [name for name in folders if name not in _NOT_SOURCE and _is_source(here, root, name)]
        yield from ((here / name).relative_to(root).as_posix() for name in files)


def _is_source(here: Path, root: Path, name: str) -> bool:
    if name.startswith("."):
        return here == root and name == ".ci"
    return not name.endswith(".egg-info")


def _read(root: Path, path: str) -> Source | None:
    data = (root / path).read_bytes()
    if b"\0" in data:
        return None
    try:
        return Source(path, data.decode())
    except UnicodeDecodeError:
        return None
