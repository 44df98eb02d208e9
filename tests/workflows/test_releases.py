"""Each release of the worker says in histories which one it is."""

from __future__ import annotations

import shutil
from pathlib import Path

from worker import BUILD_ID, RELEASED, build_id

ROOT = Path(__file__).parents[2]


def test_every_change_of_a_workers_code_is_a_release_of_its_own(tmp_path: Path) -> None:
    for file in (file for part in RELEASED for file in ROOT.glob(part)):
        copy = tmp_path / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    assert build_id(tmp_path) == BUILD_ID

    changed = {BUILD_ID}
    for path in ("workflows/deal.py", "activities/redriver.py", "store/deals/deals.py", "sagas.py"):
        with (tmp_path / path).open("a") as changing:
            changing.write("# another release\n")
        changed.add(build_id(tmp_path))
    (tmp_path / "workflows" / "added.py").touch()
    changed.add(build_id(tmp_path))
    assert len(changed) == 6
    (tmp_path / "notes.txt").write_text("nothing that runs")
    assert build_id(tmp_path) in changed
