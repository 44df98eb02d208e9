"""Names given on the command line obey the rule that REST has for names."""

from __future__ import annotations

import pytest

from tests.fixtures.commands import holdfast


@pytest.mark.parametrize("command", [("marketplace", "create"), ("operator", "create"), ("admin", "create")])
async def test_a_name_is_one_visible_line(command: tuple[str, ...]) -> None:
    options = ("--login", "ann") if command[0] == "admin" else ()
    for name in ("   ", "Anna\nYour wallet was closed", "Anna\u202egnp", "x" * 201):
        refused = await holdfast(*command, name, *options)
        assert (refused.status, refused.out) == (2, "")
        assert refused.err == "holdfast: a name is one line of 1 to 200 characters, some of them visible"
