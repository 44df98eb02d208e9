"""Workflow code is replayed: it must not depend on the process, the machine or the outside world.

Elsewhere in the product the same names matter only for the clock: deadlines and stored times come from the database,
because a process's clock may be an hour wrong.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.finding import Finding
from checks.names import functions, uses, within
from checks.tree import Repository, Source

_CLOCKS = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "time.time",
        "time.time_ns",
    }
)
# A rule, the names that break it (with everything below them), and what to do instead.
_RULES: tuple[tuple[str, frozenset[str], str], ...] = (
    ("determinism.clock", _CLOCKS | {"time"}, "use workflow.now() or workflow.sleep()"),
    (
        "determinism.random",
        frozenset({"random", "secrets", "os.urandom", "uuid.uuid1", "uuid.uuid4", "uuid.uuid7"}),
        "use workflow.random() or workflow.uuid4(); identities come from domain.keys",
    ),
    (
        "determinism.environment",
        frozenset({"os.environ", "os.environb", "os.getenv", "platform", "sys.argv"}),
        "pass the value in the workflow's input",
    ),
    (
        "determinism.order",
        frozenset({"asyncio.wait", "asyncio.as_completed", "threading", "multiprocessing", "concurrent.futures"}),
        "use workflow.wait or workflow.as_completed, which keep one order",
    ),
    (
        "determinism.outside",
        frozenset(
            "httpx asyncpg sqlalchemy alembic aiosmtplib smtplib socket subprocess requests urllib.request fastapi "
            "pathlib shutil tempfile open input asyncio.to_thread asyncio.open_connection".split()
        ),
        "do it in an activity",
    ),
    ("determinism.print", frozenset({"print", "logging", "structlog"}), "use workflow.logger, silent on replay"),
)
# devstack, cli and checks run beside the product; edge stamps mails; worker and settings hold no times.
_DATABASE_CLOCK_ONLY = frozenset(
    {
        "domain",
        "payloads",
        "activities",
        "rails",
        "ledger",
        "market",
        "store",
        "api",
        "audit",
        "bank",
        "sagas",
        "signer",
    }
)


def check(repository: Repository) -> Iterator[Finding]:
    for source in repository.python:
        if source.package == "workflows":
            yield from _replayed(source)
        elif source.package in _DATABASE_CLOCK_ONLY:
            yield from _clocks(source)


def _replayed(source: Source) -> Iterator[Finding]:
    own = {function.name for function in functions(source)}
    own |= {node.id for node in source.nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own |= {node.arg for node in source.nodes if isinstance(node, ast.arg)}
    seen: set[tuple[int, str]] = set()
    for use in uses(source):
        if use.name.split(".", maxsplit=1)[0] in own:
            continue
        for rule, banned, instead in _RULES:
            if within(use.name, banned) and (use.line, rule) not in seen:
                seen.add((use.line, rule))
                yield Finding(source.path, use.line, rule, f"{use.name} in a workflow; {instead}")


def _clocks(source: Source) -> Iterator[Finding]:
    for use in uses(source):
        if use.name in _CLOCKS:
            said = f"{use.name}: times come from the database's clock_timestamp()"
            yield Finding(source.path, use.line, "clock.not-the-database", said)
