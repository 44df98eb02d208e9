"""The set-up behind every target of the Makefile says plainly what it lacks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def set_up(venv: Path, python: Path | str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", ".ci/set-up", str(venv), str(python)],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_python_that_is_too_old_is_refused_by_its_version(tmp_path: Path):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho Python 3.9.6\nexit 1\n")
    old.chmod(0o755)
    done = set_up(tmp_path / "venv", old)
    assert done.returncode == 1
    assert "is not Python 3.11 or newer (Python 3.9.6)" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_that_cannot_make_environments_names_what_to_install(tmp_path: Path):
    for module in ("ensurepip", "pip"):
        (tmp_path / module).mkdir()
        (tmp_path / module / "__init__.py").write_text("raise ImportError\n")
    done = set_up(tmp_path / "venv", sys.executable, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_every_target_of_the_makefile_explains_itself():
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "up", "test", "check", "bench", "lock", "clean"):
        assert f"make {target} " in helped
