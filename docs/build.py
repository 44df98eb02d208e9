"""Makes the site of this folder: `make docs`, or `python docs/build.py`.

Pages are written for the repository, where their links work too, and copied to `build/docs/pages`. The site is
`build/docs/site/index.html`: a folder of files, whole without a network (decision 83). A broken link, or a page that
`zensical.toml` does not list, fails the build.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

# Pages outside this folder, and what they are called in the site.
BESIDE = {
    "README.md": "repository.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "clients/python/README.md": "python-client.md",
}
_SHIM = 'src="https://unpkg.com/iframe-worker/shim"'
_SEARCH = """if (location.protocol === "file:") {
  const FromAddress = Worker;
  window.Worker = function () { return new FromAddress(URL.createObjectURL(new Blob([%s]))); };
}
"""
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
_LISTED = re.compile(r'"([\w./-]+\.md)"')
_FOLDER = re.compile(r'"([\w-]+)/\*"')


def build(root: Path, made: Path) -> str:
    """Makes the site of the repository at `root` in `made`/site. What is wrong, or nothing."""
    shutil.rmtree(made, ignore_errors=True)
    pages = dict(_pages(root))
    for page, name in pages.items():
        _copy(root, page, made / "pages" / name, pages)
    _add_mermaid(made / "pages/assets/mermaid.js")
    config = _FOLDER.sub(lambda found: _contents(found[1], pages), (root / "docs/zensical.toml").read_text())
    (made / "zensical.toml").write_text(config)
    listed, there = set(_LISTED.findall(config)), {name for name in pages.values() if name.endswith(".md")}
    if listed != there:
        return f"docs/zensical.toml and the pages differ: {', '.join(sorted(listed ^ there))}"
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    answer = subprocess.run(command, cwd=made, check=False, capture_output=True, text=True)
    if answer.returncode == 0:
        _search_without_server(made / "site")
    return "" if answer.returncode == 0 else f"{answer.stdout}{answer.stderr}".partition("Traceback")[0]


def _pages(root: Path) -> Iterator[tuple[str, str]]:
    """Paths in the repository, and names in the site, of pages and of what they show."""
    for path in sorted((root / "docs").rglob("*")):
        if path.suffix in {".md", ".svg", ".css", ".js"}:
            yield path.relative_to(root).as_posix(), path.relative_to(root / "docs").as_posix()
    yield from ((page, name) for page, name in BESIDE.items() if (root / page).exists())


def _copy(root: Path, page: str, copy: Path, pages: dict[str, str]) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    if not page.endswith(".md"):
        shutil.copyfile(root / page, copy)
        return

    def linked(found: re.Match[str]) -> str:
        """The link as it is in the site. What is no page, such as a source file, keeps its name alone."""
        image, words, target, heading = found[1], found[2], found[3], found[4] or ""
        if "://" in target:
            return found[0]
        named = os.path.normpath(PurePosixPath(page).parent / target)
        named = f"{named}/README.md" if (root / named).is_dir() and f"{named}/README.md" in pages else named
        if named not in pages:
            return found[0] if not (root / named).exists() else words
        relative = os.path.relpath(pages[named], PurePosixPath(pages[page]).parent)
        return f"{image}[{words}]({relative}{heading})"

    copy.write_text(_LINK.sub(linked, (root / page).read_text()))


def _add_mermaid(copy: Path) -> None:
    """The program that draws diagrams, from the package that has it."""
    spec = find_spec("mermaidx")
    if spec is None or spec.origin is None:
        raise SystemExit("docs: mermaidx is not installed; `make docs` sets up what the site needs")
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(spec.origin).with_name("assets") / "mermaid.js", copy)


def _search_without_server(site: Path) -> None:
    """Lets a page that was opened as a file search: a browser refuses it a worker from a file, but not one from a text.

    The tool has a script of another host for that.
    """
    [worker] = (site / "assets/javascripts/workers").glob("search.*.js")
    script = site / "assets/search-worker.js"
    script.write_text(_SEARCH % json.dumps(worker.read_text()))
    for page in site.rglob("*.html"):
        local = os.path.relpath(script, page.parent)
        page.write_text(page.read_text().replace(_SHIM, f'src="{local}"'))


def _contents(folder: str, pages: dict[str, str]) -> str:
    """The pages of a folder, its README first."""
    names = [name for name in pages.values() if name.startswith(f"{folder}/") and name.endswith(".md")]
    return ", ".join(f'"{name}"' for name in sorted(names, key=lambda name: (not name.endswith("README.md"), name)))


def main() -> int:
    here = Path(__file__).resolve().parents[1]
    options = argparse.ArgumentParser(description="Makes the site of docs/.")
    options.add_argument("--root", type=Path, default=here, help="of the repository")
    options.add_argument("--into", type=Path, default=here / "build/docs", help="a folder that is emptied first")
    chosen = options.parse_args()
    wrong = build(chosen.root, chosen.into)
    (sys.stderr if wrong else sys.stdout).write(f"{wrong or chosen.into / 'site/index.html'}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
