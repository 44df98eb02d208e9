"""Records the histories that later code must be able to replay. Run by hand, from the top of the repository:

    python -m tests.replay.record                  every story that has no histories yet
    python -m tests.replay.record --new STORY …    a new version beside the old, after a change to a workflow
    python -m tests.replay.record --replace all    the newest version again, in place of what was recorded

Histories that are there are never touched unless their story is named after --replace (`all` names them all).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.replay import histories
from tests.replay.staff import BOOK
from tests.replay.stories import Story

_TOP = Path(__file__).parents[2]


@dataclass
class Order:
    story: Story
    version: int
    replace: bool
    written: list[Path] = field(default_factory=list)


class Recording:
    """The pytest plugin that has each ordered story played."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self._orders = orders

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        metafunc.parametrize("order", self._orders, ids=[order.story.name for order in self._orders])


def orders(arguments: Sequence[str], folder: Path = histories.FOLDER) -> list[Order]:
    """What the command line asks for. Exits with a message when there is nothing that may be recorded."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.replay.record", description="Records the histories that later code must replay."
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--new", action="store_true", help="a new version, beside the old ones")
    how.add_argument("--replace", action="store_true", help="the newest version, in place of what was recorded")
    parser.add_argument("stories", nargs="*", metavar="STORY", help=f"all, or of: {', '.join(BOOK)}")
    asked = parser.parse_args(arguments)
    if asked.replace and not asked.stories:
        parser.error("--replace needs the names of the stories, or all")
    if unknown := set(asked.stories) - {"all", *BOOK}:
        parser.error(f"no such story: {', '.join(sorted(unknown))}")
    named = list(BOOK) if not asked.stories or "all" in asked.stories else asked.stories
    versions = {name: histories.newest_version(name, folder) for name in named}
    if asked.new:
        return [Order(BOOK[name], version + 1, False) for name, version in versions.items()]
    if asked.replace:
        return [Order(BOOK[name], version or 1, True) for name, version in versions.items()]
    kept = [name for name, version in versions.items() if version]
    if (asked.stories and kept) or len(kept) == len(named):
        parser.error(f"recorded already: {', '.join(kept)}; use --new or --replace")
    return [Order(BOOK[name], 1, False) for name in named if name not in kept]


def main(arguments: Sequence[str]) -> int:
    ordered = orders(arguments)
    histories.FOLDER.mkdir(exist_ok=True)
    recording = str(Path(__file__).with_name("recording.py"))
    options = ["-q", "--rootdir", str(_TOP), "-c", str(_TOP / "pyproject.toml"), "-p", "no:cacheprovider"]
    # The stories are imported before pytest could rewrite their assertions.
    options += ["--assert=plain", "-o", "python_functions=record_*", recording]
    status = pytest.main(options, plugins=[Recording(ordered)])
    for path in (path for order in ordered for path in order.written):
        sys.stdout.write(f"{path.stat().st_size:>8,}  {path.relative_to(_TOP)}\n")
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
