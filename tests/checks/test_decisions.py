"""docs/decisions/README.md lists every decision, under its title, with the state that its own file gives it."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
ROW = re.compile(r"^\| (\d+) \| \[(.+)\]\((\d{4}-[\w-]+\.md)\) \| (.+) \| (.+) \|$", re.MULTILINE)
NOTE = re.compile(
    r"\*(Changed by \[decision (\d+)\]\(([\w-]+\.md)\)|Superseded by \[decision (\d+)\]\(([\w-]+\.md)\)|.+?): .+\*"
)


def state_of(path: Path) -> str:
    """As a row of the list says it: what the third line of a decision, if it is a note, says of it."""
    third = path.read_text().splitlines()[2]
    note = NOTE.fullmatch(third) if not third.startswith("**") else None
    if note is None:
        return "in force"
    for verb, number, file in (("changed", note[2], note[3]), ("superseded", note[4], note[5])):
        if number:
            assert file.startswith(f"{int(number):04}-"), third
            return f"{verb} by [{number}]({file})"
    return note[1].lower()


def test_the_list_names_every_decision_with_its_title_and_state() -> None:
    rows = ROW.findall((FOLDER / "README.md").read_text())
    listed = [(int(number), title, file, state) for number, title, file, _, state in rows]
    files = sorted(FOLDER.glob("[0-9]*.md"))
    written = []
    for path in files:
        title = re.fullmatch(r"# (\d+)\. (.+)", path.read_text().splitlines()[0])
        assert title is not None, path.name
        written.append((int(title[1]), title[2], path.name, state_of(path)))
    assert listed == written


def test_a_file_is_named_after_its_number_and_numbers_have_no_gap() -> None:
    names = [path.name for path in sorted(FOLDER.glob("[0-9]*.md"))]
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]


def test_the_states_are_the_four_that_readers_know() -> None:
    states = {row[4] for row in ROW.findall((FOLDER / "README.md").read_text())}
    known = re.compile(r"in force|changed since|kept in part|(?:changed|superseded) by \[\d+\]\(.+\)")
    assert [state for state in states if not known.fullmatch(state)] == []
