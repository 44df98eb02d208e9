"""What no file of the repository may contain. Patterns are spelt so that they do not match themselves."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import PurePosixPath

from checks.finding import Finding
from checks.tree import Repository, Source

_REGISTRIES = r"pypi\.(?:org|python)|python[h]osted\.|npmjs\.(?:org|com)|deb\.debian\.|proxy\.golang\.|ghcr\.(?:io)"
_INDEX_OPTIONS = r"--(?:extra-)?index-[u]rl|--find-[l]inks|--trusted-[h]ost"
_WORKPLACE = r"sub-?[a]gent|\bthe [l]ead\b|\bthe [b]rief\b|this work[p]lace|\bissue #?\d+\b|issues [s]how"
_RULES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "hygiene.registry-address",
        re.compile(f"{_REGISTRIES}|{_INDEX_OPTIONS}", re.IGNORECASE),
        "where packages come from is set on the machine, not here",
    ),
    (
        "hygiene.machine-path",
        re.compile(r"(?<![\w.])/(?:work|root|farm|Users|home)/(?:\w|\b|$)"),
        "a path of somebody's machine",
    ),
    ("hygiene.workplace-word", re.compile(_WORKPLACE, re.IGNORECASE), "says how it was made, not what it is"),
    (
        "hygiene.unfinished",
        re.compile(r"\b(?:TO[D]O|FIX[M]E)\b|(?:#\s*|\b)XX[X]:|#\s*XX[X]\b"),
        "finish it, or write down the decision",
    ),
)
_DOCUMENT = re.compile(r"\b([A-Z]{4,})(?:\.md| ?\u00a7)")
_FOREIGN_LETTERS = re.compile("[\u0400-\u052f\u0590-\u08ff\u3040-\u30ff\u4e00-\u9fff]")
_SUPPRESSION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:)")
_EXPLAINED = re.compile(
    r"#\s*(?:noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|type:\s*ignore\[[\w, -]+\]|pragma:\s*\w+(?: \w+)*)"
    "\\s*[#:;,(\u2013\u2014-]+\\s*\\w+"
)
_GLOSSARY = "docs/glossary.md"
_REPLACED = "\n## Words we do not use\n"
_CODE = re.compile(r"`[^`]*`")
_HASH_COMMENTS = (".yml", ".yaml", ".toml", ".sh", "Makefile", "Dockerfile", ".ci/run", ".ci/set-up")


def check(repository: Repository) -> Iterator[Finding]:
    documents = {PurePosixPath(path).stem for path in repository.paths if path.endswith(".md")}
    replaced = _replaced(repository)
    for source in repository.sources:
        yield from _patterns(source)
        yield from _dangling(source, documents)
        yield from _comments(source, replaced)


def _patterns(source: Source) -> Iterator[Finding]:
    for rule, pattern, said in _RULES:
        for found in pattern.finditer(source.text):
            yield Finding(source.path, source.line_of(found.start()), rule, f"{found[0]!r}: {said}")


def _dangling(source: Source, documents: set[str]) -> Iterator[Finding]:
    for found in _DOCUMENT.finditer(source.text):
        if found[1] not in documents:
            said = f"{found[1]} is not a document of this repository"
            yield Finding(source.path, source.line_of(found.start()), "hygiene.dangling-document", said)


def _replaced(repository: Repository) -> re.Pattern[str] | None:
    """The words that the glossary replaces by others; None without a glossary."""
    pages = [source.text for source in repository.sources if source.path == _GLOSSARY]
    cells = re.findall(r"^\| (.+?) \| .+ \|$", pages[0].partition(_REPLACED)[2], re.MULTILINE)[1:] if pages else []
    words = [re.escape(word) for cell in cells for word in cell.split(", ") if "---" not in cell]
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE) if words else None


def _comments(source: Source, replaced: re.Pattern[str] | None) -> Iterator[Finding]:
    for number, comment in _comment_lines(source):
        for word in replaced.findall(_CODE.sub("", comment)) if replaced else ():
            said = f"{word!r}: the glossary has another word"
            yield Finding(source.path, number, "hygiene.replaced-word", said)
        if _FOREIGN_LETTERS.search(comment):
            yield Finding(source.path, number, "hygiene.comment-not-english", comment.strip()[:60])
        if _SUPPRESSION.search(comment) and not _EXPLAINED.search(comment):
            said = "name the rule and say why: `# noqa: RULE  # reason`"
            yield Finding(source.path, number, "hygiene.unexplained-suppression", said)


def _comment_lines(source: Source) -> Iterator[tuple[int, str]]:
    if source.path.endswith(".py"):
        yield from _python_comments(source)
    elif source.path.endswith(".sql"):
        yield from (
            (number, line) for number, line in enumerate(source.lines, start=1) if line.lstrip().startswith("--")
        )
    elif source.path.endswith(_HASH_COMMENTS):
        for number, line in enumerate(source.lines, start=1):
            if line.lstrip().startswith("#"):
                yield number, line


def _python_comments(source: Source) -> Iterator[tuple[int, str]]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source.text).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    start_of_statement = True
    for token in tokens:
        docstring = token.type == tokenize.STRING and start_of_statement
        if token.type == tokenize.COMMENT or docstring:
            lines = token.string.splitlines()
            yield from ((token.start[0] + offset, line) for offset, line in enumerate(lines))
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            start_of_statement = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
