"""How programs start: with no work that only others need, and with a cause when they do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from bank.service.migrate import SCHEMA as BANK
from edge.schema import Schema
from ledger.migrate import SCHEMA as LEDGER
from signer.service.migrate import SCHEMA as SIGNER
from store.migrate import SCHEMA as MARKET

ROOT = Path(__file__).parents[2]
# Migrations, commands, the stack and tests need these; no running program does.
NOT_FOR_PROGRAMS = {"alembic", "mako", "typer", "aiosmtpd", "temporalio.testing", "matplotlib", "pytest"}
# Only where somebody takes traces or reports.
NOT_FOR_PROGRAMS |= {"opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.instrumentation", "sentry_sdk"}


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)


def test_garbage_is_not_looked_for_while_a_program_is_loaded_and_is_when_it_runs() -> None:
    ended = _python("from edge.starting import run; run('it', 'tests.edge.begun:main', 'looked for')")
    assert (ended.stdout, ended.stderr, ended.returncode) == ("looked for: False, True", "", 3)


def test_what_ends_a_program_early_is_reported_with_its_cause() -> None:
    ended = _python("from edge.starting import run; run('it', 'tests.edge.begun:fails', 'no luck')")
    assert ended.returncode == 1
    assert "in fails" in ended.stderr and "ValueError: no luck" in ended.stderr
    assert ended.stderr.endswith("it: ValueError\n")


def test_no_program_loads_what_only_others_need() -> None:
    worker = "import worker, sys; print('fastapi' in sys.modules)"
    programs = f"{worker}; import api.program, bank.service.program, signer.service.program; print(*sys.modules)"
    serves, *loaded = _python(programs).stdout.split()
    assert serves == "False"  # a worker has no API
    assert {"api.program", "worker"} < set(loaded)
    assert NOT_FOR_PROGRAMS & set(loaded) == set()


def test_the_command_line_loads_what_a_command_starts_with_that_command_alone() -> None:
    catcher = "import devstack.mail, sys; print('sqlalchemy' in sys.modules)"
    stores, *loaded = _python(f"{catcher}; import cli; print(*sys.modules)").stdout.split()
    assert stores == "False"  # the mail catcher has no database
    assert "typer" in loaded
    assert {"store", "fastapi", "temporalio", "alembic"} & set(loaded) == set()


@pytest.mark.parametrize("schema", [LEDGER, MARKET, BANK, SIGNER], ids=lambda schema: schema.name)
def test_the_last_file_of_migrations_is_the_head_of_their_chain(schema: Schema) -> None:
    assert ScriptDirectory.from_config(schema.config()).get_heads() == [schema.newest_revision()]
