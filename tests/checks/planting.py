"""Violations to plant: one for each rule of `make check`, and lawful neighbours that must not be reported.

Words that no file may carry are put together here from two halves, or this file would be reported itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HEAD = "from __future__ import annotations\n\n"


@dataclass(frozen=True, slots=True)
class Plant:
    """`text` goes to the end of `path`, or, if `instead_of` is given, takes its place there.

    A run of the gates must then print a line that holds every one of `reported`.
    """

    path: str
    text: str
    reported: tuple[str, ...]
    instead_of: str = ""

    def put(self, root: Path) -> None:
        target = root / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        old = target.read_text() if target.exists() else HEAD if self.path.endswith(".py") else ""
        if self.instead_of:
            assert self.instead_of in old
            target.write_text(old.replace(self.instead_of, self.text, 1))
        else:
            target.write_text(old + self.text)


def finding(rule: str, path: str, text: str, *, instead_of: str = "") -> Plant:
    """A violation that one of our own lints reports as `path:line: rule: …`."""
    return Plant(path, text, (f"{path}:", f" {rule}:"), instead_of)


def contract(path: str, imported: str) -> Plant:
    """An import that breaks one of import-linter's contracts; the report names the chain."""
    importer = path.removesuffix(".py").replace("/", ".")
    return Plant(path, f"import {imported}\n", (f"{importer} -> {imported} ",))


def function_of(lines: int) -> str:
    return "\n\ndef planted() -> None:\n" + "    print()\n" * (lines - 1)


SIZE = [
    finding("size.file-too-long", "domain/planted_long.py", "\n" * 299),
    finding("size.function-too-long", "tests/planted_long.py", function_of(71)),
]

DETERMINISM = [
    finding("determinism.clock", "workflows/planted_clock.py", "from datetime import datetime as d\n\nd.now()\n"),
    finding("determinism.random", "workflows/planted_random.py", "import uuid\n\nuuid.uuid4()\n"),
    finding("determinism.environment", "workflows/planted_environment.py", "import os\n\nos.environ.get('X')\n"),
    finding("determinism.order", "workflows/planted_order.py", "import asyncio\n\nasyncio.wait([])\n"),
    finding("determinism.outside", "workflows/planted_outside.py", "open('x')\n"),
    finding("determinism.outside", "workflows/planted_http.py", "import httpx\n"),
    finding("determinism.print", "workflows/planted_print.py", "print('x')\n"),
    finding("clock.not-the-database", "store/planted_clock.py", "import datetime\n\ndatetime.datetime.now()\n"),
]

IMPORTS = [
    finding("imports.temporal-client", "activities/planted_client.py", "from temporalio.client import Client\n"),
    finding("imports.domain-beyond-standard-library", "domain/planted_library.py", "import httpx\n"),
    finding("imports.package-without-contract", "planted/__init__.py", ""),
    finding("imports.not-inward", "settings.py", "\nimport store\n"),
    finding("imports.from-beside", "api/planted_beside.py", "import tests\n"),
]

CONTRACTS = [
    # One for each contract in pyproject.toml, in its order.
    contract("domain/planted_up.py", "store"),
    contract("ledger/planted_edge.py", "edge"),
    contract("edge/planted_store.py", "store"),
    contract("bank/service/planted_client.py", "bank.client"),
    contract("bank/service/acts/planted_faults.py", "bank.service.faults"),
    contract("bank/service/acts/planted_path.py", "bank.service.requests"),
    Plant("bank/client.py", "\nimport edge\n", ("bank.client -> edge ",)),
    contract("signer/service/planted_client.py", "signer.client"),
    Plant("signer/client.py", "\nimport edge\n", ("signer.client -> edge ",)),
    contract("activities/planted_signer.py", "signer.service"),
    contract("activities/planted_bank.py", "bank.service"),
    Plant("tron/client.py", "\nimport edge\n", ("tron.client -> edge ",)),
    contract("tron/node/planted_client.py", "tron.client"),
    Plant("tests/model.py", "\nimport domain\n", ("tests.model -> domain ",)),
    contract("api/planted_activity.py", "activities"),
    contract("payloads/planted_sql.py", "sqlalchemy"),
    contract("store/planted_http.py", "httpx"),
]

HYGIENE = [
    finding("hygiene.registry-address", "docs/planted_registry.md", "https://py" + "pi.org/simple\n"),
    finding("hygiene.machine-path", "docs/planted_path.md", "see /ro" + "ot/holdfast\n"),
    finding("hygiene.workplace-word", "docs/planted_words.md", "done by a sub" + "agent\n"),
    finding("hygiene.unfinished", "domain/planted_later.py", "# TO" + "DO later\n"),
    finding("hygiene.dangling-document", "docs/planted_document.md", "see NOWHERE" + ".md\n"),
    finding("hygiene.comment-not-english", "domain/planted_comment.py", "# \u0434\u0435\u043d\u044c\u0433\u0438\n"),
    finding("hygiene.replaced-word", "domain/planted_dialect.py", "# who" + "ever pays\n"),
    finding("hygiene.unexplained-suppression", "domain/planted_excuse.py", "import os  # no" + "qa: F401\n"),
]

LOCK = [
    finding("lock.no-hash", "requirements.lock", "planted==1.0\n"),
    finding("lock.not-pinned", "requirements.lock", "planted>=1.0\n"),
    finding("lock.address", "requirements.lock", "# from https://packages.example\n"),
    finding("lock.not-for-the-image", "requirements.image.lock", "pytest==9.0\n"),
    finding("lock.differs", "requirements.image.lock", "planted==1.0 --hash=sha256:" + "0" * 64 + "\n"),
    Plant(
        "pyproject.toml",
        'dependencies = [\n    "planted-stale",\n',
        ("requirements.lock:1: lock.stale:", "planted-stale"),
        instead_of="dependencies = [\n",
    ),
]

MIGRATIONS = [
    finding("migrations.not-next", "store/migrations/versions/0099_planted.py", 'revision = "0099"\n'),
    finding("migrations.not-a-table", "ledger/migrations/versions/0099_planted.sql", "CREATE FUNCTION planted()\n"),
    finding("migrations.not-repeatable", "ledger/sql/planted.sql", "CREATE TRIGGER planted AFTER INSERT\n"),
]

LOCKS = [
    finding("locks.blocks-references", "store/planted_lock.py", "rows.with_for_update()\n"),
    finding("locks.blocks-references", "store/planted_skip.py", "rows.with_for_update(skip_locked=True)\n"),
    finding("locks.blocks-references", "store/planted_get.py", "session.get(Row, 1, with_for_update=True)\n"),
    finding("locks.blocks-references", "store/sql/planted.sql", "SELECT 1 FROM banks FOR UPDATE;\n"),
    finding("locks.outlives-transaction", "store/planted_session.py", 'text("SELECT pg_advisory_" "lock(1)")\n'),
    finding("locks.outlives-transaction", "store/planted_setting.py", 'text("SE" "T lock_timeout = 5")\n'),
    finding(
        "locks.outlives-transaction", "store/planted_config.py", "text(\"SELECT set_config('a', '', fal\" \"se)\")\n"
    ),
    finding("locks.outlives-transaction", "edge/planted_news.py", "connection.add_listener('rows', print)\n"),
    finding("locks.outlives-transaction", "store/sql/planted_temp.sql", "CREATE TEMP TABLE rows (id int);\n"),
    finding("locks.blocks-references", "api/planted_lock.py", 'text("SELECT 1 FROM rows FOR UP" "DATE")\n'),
]

TESTS = [
    finding("tests.no-assertion", "tests/test_planted_idle.py", "\ndef test_nothing():\n    len('x')\n"),
    finding("tests.sleep-too-long", "tests/planted_sleep.py", "import time\n\ntime.sleep(0.3)\n"),
    finding("tests.switched-off", "tests/planted_skip.py", "import pytest\n\npytestmark = pytest.mark.skip\n"),
    finding("tests.switched-off", "tests/planted_lack.py", 'import pytest\n\npytest.skip("")  # lacks: will\n'),
]

DOCS = [
    finding("docs.broken-link", "docs/planted_link.md", "[here](nowhere.md)\n"),
    finding("docs.broken-link", "docs/planted_heading.md", "[here](../README.md#nowhere)\n"),
    finding("docs.unlisted-error-code", "domain/planted_code.py", "raise Conflict('planted_code', 'x')\n"),
    finding("docs.wrong-error-status", "domain/planted_status.py", "raise NotFound('overpayment', 'x')\n"),
    finding("docs.no-such-file", "docs/planted_file.md", "in `domain/nowhere.py`\n"),
    finding("docs.no-such-page", "domain/planted_page.py", '"""See docs/nowhere.md."""\n'),
    finding("docs.unlisted-page", "docs/planted_lonely.md", "# A page\n"),
    finding("docs.unknown-error-code", "docs/errors.md", "\n| `planted_unknown` | 409 | nobody |\n"),
]

TOOLS = [
    Plant("domain/planted_unused.py", "import json\n", ("domain/planted_unused.py:", "F401")),
    Plant("tests/planted_mock.py", "from unittest import mock\n", ("tests/planted_mock.py:", "TID251")),
    Plant("domain/planted_layout.py", "x = {  'a':1 }\n", ("domain/planted_layout.py",)),
    Plant("domain/planted_type.py", "x: int = 'a'\n", ("domain/planted_type.py:", "[assignment]")),
    Plant("domain/planted_untyped.py", "def f(x): return x\n", ("domain/planted_untyped.py:", "[no-untyped-def]")),
]

VIOLATIONS = [*SIZE, *DETERMINISM, *IMPORTS, *CONTRACTS, *HYGIENE, *LOCK, *LOCKS, *MIGRATIONS, *TESTS, *DOCS, *TOOLS]

# Right up to the limits, and look-alikes of what is forbidden: nothing here may be reported by our own lints.
LAWFUL = [
    Plant("tests/lawful_sizes.py", function_of(70) + "\n" * 225, ()),
    Plant(
        "workflows/lawful_calls.py",
        "from datetime import timedelta\n\nfrom temporalio import workflow\n\n"
        "async def run(time: timedelta) -> None:\n"
        "    workflow.now()\n    workflow.uuid4()\n    workflow.random()\n"
        "    await workflow.sleep(time.total_seconds())\n",
        (),
    ),
    Plant("tests/test_lawful_waits.py", "import time\n\ndef test_check():\n    assert time.sleep(0.2) is None\n", ()),
    Plant("domain/lawful_words.py", 'LETTERS = "\u0434\u0435\u043d\u044c\u0433\u0438 work/ TO" "DOS"\n', ()),
    Plant("domain/lawful_excuse.py", "import os  # no" + "qa: F401  # re-exported\n", ()),
    Plant(
        "store/lawful_locks.py",
        '"""Once `FOR UPDATE`."""\n\nrows.with_for_update(key_share=True, skip_locked=True)\n'
        "rows.with_for_update(read=True)\n",
        (),
    ),
    Plant("store/sql/lawful.sql", "DROP FUNCTION IF EXISTS lawful(uuid);\nCREATE FUNCTION lawful(person uuid)\n", ()),
    Plant("docs/runbooks/lawful.md", "[up](../../README.md#read-on) and README.md, https://docs.temporal.io\n", ()),
]
