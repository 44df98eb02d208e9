"""The state folder is only cleared if it is ours, used by one stack at a time, and keeps its secrets private."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from devstack.errors import FolderInUse, ForeignFolder
from devstack.state import StateFolder


async def test_fresh_clears_our_own_folder(tmp_path: Path) -> None:
    first = StateFolder(tmp_path / "state")
    await first.open()
    (first.path / "postgres").mkdir()
    (first.path / "postgres" / "row").write_text("1")
    pepper = first.secrets["pepper"]
    first.close()

    kept = StateFolder(tmp_path / "state")
    await kept.open()
    assert (kept.path / "postgres" / "row").exists()
    assert kept.secrets["pepper"] == pepper
    kept.close()

    fresh = StateFolder(tmp_path / "state")
    await fresh.open(fresh=True)
    assert not (fresh.path / "postgres").exists()
    assert fresh.secrets["pepper"] != pepper
    fresh.close()


@pytest.mark.parametrize("fresh", [True, False])
async def test_a_folder_with_other_content_is_neither_used_nor_cleared(tmp_path: Path, fresh: bool) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ForeignFolder, match="not of this program"):
        await StateFolder(tmp_path).open(fresh=fresh)
    assert os.listdir(tmp_path) == ["thesis.txt"]


async def test_a_second_stack_on_the_same_folder_is_refused_at_once(tmp_path: Path) -> None:
    first = StateFolder(tmp_path / "state")
    await first.open()
    (first.path / "file").write_text("x")
    with pytest.raises(FolderInUse, match=r"another stack \(pid \d+\) runs on"):
        await StateFolder(tmp_path / "state").open(fresh=True)
    assert (first.path / "file").exists()
    first.close()


async def test_a_folder_that_was_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    first = StateFolder(tmp_path / "state")
    await first.open()
    first.close()
    (first.path / "temporal").mkdir()
    opened = (first.path / "temporal" / "temporal.db", first.logs / "api.log")
    for path in opened:
        path.write_text("x")
        path.chmod(0o644)
    for path in (first.path, first.logs):
        path.chmod(0o755)
    again = StateFolder(tmp_path / "state")
    await again.open()
    again.close()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (*opened, again.logs)] == [0o600, 0o600, 0o700]
    assert stat.S_IMODE(again.path.stat().st_mode) & 0o066 == 0


async def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state")
    await state.open()
    state.keep_secret("bank_admin_key", "hf_bank_…")
    assert state.secrets["bank_admin_key"] == "hf_bank_…"
    assert stat.S_IMODE((state.path / "secrets.json").stat().st_mode) == 0o600
    state.close()
