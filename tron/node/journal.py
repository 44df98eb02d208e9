"""The chain on disk: a line for each block made or removed. A start carries all of it out again.

Only transactions, times and witnesses are kept; ids, balances and receipts follow from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

import structlog

from tron.node.chain import Chain, Made
from tron.node.transactions import read_whole

log = structlog.get_logger()

_FORM: Final = 1  # of the lines; another form is not read


class Journal:
    """Opens the file, brings `chain` to where it was, and notes what it does from then on."""

    def __init__(self, path: Path, chain: Chain) -> None:
        lines = list(_lines(path))
        if lines:
            _replay(lines, chain)
        self._file: TextIO = path.open("a" if lines else "w", encoding="ascii")
        if not lines:
            chain.begin()
            self._write({"form": _FORM, "begin": chain.head.time_ms})
        chain.kept = True
        chain.made, chain.unmade = self._made, lambda depth: self._write({"cut": depth})

    def close(self) -> None:
        self._file.close()

    def _made(self, made: Made) -> None:
        line: dict[str, Any] = {"at": made.time_ms, "by": made.witness}
        if made.transactions:
            line["with"] = [one.whole.hex() for one in made.transactions]
        if made.silent:
            line["silent"] = True
        self._write(line)

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
        self._file.flush()


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """A last line that was cut off by a crash is left out, here and in the file."""
    if not path.exists():
        return
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    if end < len(content):
        with path.open("r+b") as file:
            file.truncate(end)
    for line in content[:end].splitlines():
        yield json.loads(line)


def _replay(lines: list[dict[str, Any]], chain: Chain) -> None:
    if lines[0].get("form") != _FORM:
        raise ValueError("the file of the chain has another form; remove it to begin a new chain")
    chain.begin(lines[0]["begin"])
    for line in lines[1:]:
        if "cut" in line:
            chain.cut(line["cut"])
        else:
            transactions = [read_whole(bytes.fromhex(one)) for one in line.get("with", ())]
            chain.replay(Made(line["at"], line["by"], transactions, bool(line.get("silent"))))
    log.info("chain_read", blocks=len(chain.blocks))
