"""docs/glossary.md gives each word one meaning, and the guides keep to it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "glossary.md").read_text()
ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \| ?(.*?) ?\|$", re.MULTILINE)
HEADINGS = {"word", "---"}

GUIDES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "runbooks").glob("*.md")),
]
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def words() -> list[str]:
    defined, _, _ = PAGE.partition("\n## Words we do not use\n")
    return [row[0].replace("`", "") for row in ROW.findall(defined) if row[0] not in HEADINGS]


def unused() -> list[str]:
    _, _, table = PAGE.partition("\n## Words we do not use\n")
    left = re.findall(r"^\| (.+?) \| .+ \|$", table, re.MULTILINE)[1:]
    return [word for cell in left for word in cell.split(", ") if "---" not in cell]


def test_each_word_has_one_row() -> None:
    single = [word for cell in words() for word in cell.split(", ")]
    assert [word for word, times in Counter(single).items() if times > 1] == []
    assert len(single) > 90


def test_each_row_says_what_the_word_means_and_where_it_lives() -> None:
    thin = [row[0] for row in ROW.findall(PAGE) if not row[1].strip() or not row[2].strip()]
    assert thin == []


def test_a_word_in_bold_has_a_row_of_its_own() -> None:
    single = {word for cell in words() for word in cell.split(", ")}
    assert sorted({word for word in re.findall(r"\*\*(.+?)\*\*", PAGE) if word not in single}) == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_a_guide_uses_no_word_that_the_glossary_replaces(guide: Path) -> None:
    text = CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), guide.read_text())
    if guide.name == "glossary.md":
        text = text.partition("\n## Words we do not use\n")[0]
    banned = re.compile(rf"\b(?:{'|'.join(map(re.escape, unused()))})\b", re.IGNORECASE)
    found = [(text.count("\n", 0, hit.start()) + 1, hit[0]) for hit in banned.finditer(text)]
    assert found == []
