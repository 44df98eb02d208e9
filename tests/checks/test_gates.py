"""Every gate of `make check` is real: it fails, by name, on a violation planted for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from checks import lockfile
from checks.gates import GATES
from checks.tree import Repository
from tests.checks.planting import CONTRACTS, LAWFUL, VIOLATIONS, Plant

ROOT = Path(__file__).parents[2]
# The environment that runs this test: nothing is installed again.
BIN = Path(sys.executable).parent
# All other modules are in the copy without their text, and contracts without the imports that they allow: whether the
# repository itself is clean takes minutes, and make check says it.
GATES_THEMSELVES = "checks/"
# Libraries that planted imports name: mypy would read them whole.
UNREAD = """
[[tool.mypy.overrides]]
module = ["fastapi.*", "httpx.*", "pydantic.*", "sqlalchemy.*", "temporalio.*"]
follow_imports = "skip"
"""
pytestmark = pytest.mark.timeout(1800)  # every gate, types checked without a cache, on however busy a machine


@dataclass(frozen=True, slots=True)
class Run:
    status: int
    lines: list[str]

    def reports(self, plant: Plant) -> bool:
        return any(all(part in line for part in plant.reported) for line in self.lines)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run of the real `make check` in a copy with every file, hollow, that holds every violation at once."""
    copy = tmp_path_factory.mktemp("planted")
    for path in Repository(ROOT).paths:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        if path.endswith(".py") and not path.startswith(GATES_THEMSELVES):
            (copy / path).touch()
        else:
            shutil.copy2(ROOT / path, copy / path)
    config = copy / "pyproject.toml"
    config.write_text(re.sub(r"^ignore_imports = .*\n", "", config.read_text(), flags=re.MULTILINE) + UNREAD)
    for plant in [*VIOLATIONS, *LAWFUL]:
        plant.put(copy)
    return make_check(copy)


def make_check(folder: Path) -> Run:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "check", f"BIN={BIN}"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout.splitlines())


def test_make_check_runs_every_gate_and_names_all_that_failed(planted: Run):
    assert planted.status != 0
    assert f"failed gates: {', '.join(GATES)}" in planted.lines


@pytest.mark.parametrize("plant", VIOLATIONS, ids=lambda plant: f"{plant.path}:{plant.reported[-1].strip(' :')}")
def test_a_planted_violation_is_reported_by_name(planted: Run, plant: Plant):
    assert planted.reports(plant), f"{plant.path} with {plant.text!r} went unnoticed"


@pytest.mark.parametrize("plant", LAWFUL, ids=lambda plant: plant.path)
def test_what_is_lawful_is_left_alone(planted: Run, plant: Plant):
    rules = (
        "size.",
        "determinism.",
        "clock.",
        "imports.",
        "hygiene.",
        "lock.",
        "locks.",
        "migrations.",
        "tests.",
        "docs.",
    )
    wrongly = [
        line for line in planted.lines if f"{plant.path}:" in line and any(f": {rule}" in line for rule in rules)
    ]
    assert wrongly == []


def test_every_import_contract_breaks(planted: Run):
    # An import that a contract allows is counted behind the result, in brackets.
    results = [line.partition(" (")[0].rpartition(" ")[2] for line in planted.lines]
    assert results.count("KEPT") == 0
    assert results.count("BROKEN") == len(CONTRACTS)


def test_a_repository_without_a_lock_is_reported(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = []\n")
    found = [(finding.rule, finding.path) for finding in lockfile.check(Repository(tmp_path))]
    assert found == [("lock.missing", "requirements.lock"), ("lock.missing", "requirements.image.lock")]
