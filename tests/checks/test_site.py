"""The site that `make docs` makes: whole without a network, and not made when a link is broken."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import Browser

ROOT = Path(__file__).parents[2]


def build(root: Path, into: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "docs/build.py"), "--root", str(root), "--into", str(into)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site")
    answer = build(ROOT, made)
    assert answer.returncode == 0, answer.stderr
    return made / "site"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository with one page."""
    (tmp_path / "docs/assets").mkdir(parents=True)
    config = (ROOT / "docs/zensical.toml").read_text()
    (tmp_path / "docs/zensical.toml").write_text(
        re.sub(r"nav = \[\n.*?\n\]\n", 'nav = ["index.md"]\n', config, flags=re.DOTALL)
    )
    (tmp_path / "docs/index.md").write_text("# Start\n")
    return tmp_path


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    loaded = re.compile(r"""<(?:script|link|img|iframe)[^>]*\b(?:src|href)=["']?(?:https?:)?//""")
    assert len(pages) > 100
    assert [page.name for page in pages if loaded.search(page.read_text())] == []


async def test_a_page_opened_as_a_file_draws_its_diagrams_and_finds_words(site: Path, browser: Browser) -> None:
    page = await browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto((site / "architecture.html").as_uri())
    await page.wait_for_selector("div.diagram svg >> text=partially_paid", timeout=120_000)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("tombstone")
    await page.wait_for_selector("text=The bank's promise", timeout=120_000)
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
    await page.close()


@pytest.mark.parametrize(
    ("page", "said"),
    [("[a page](nowhere.md)", "page does not exist"), ("[a heading](#nowhere)", "anchor does not exist")],
)
def test_a_broken_link_fails_the_build(small: Path, page: str, said: str) -> None:
    (small / "docs/index.md").write_text(f"# Start\n\n{page}\n")
    answer = build(small, small / "build")
    assert answer.returncode == 1 and said in answer.stderr


def test_a_page_that_the_navigation_does_not_list_fails_the_build(small: Path) -> None:
    assert build(small, small / "build").returncode == 0
    (small / "docs/forgotten.md").write_text("# Forgotten\n")
    answer = build(small, small / "build")
    assert answer.returncode == 1 and "forgotten.md" in answer.stderr
