"""Each release of the worker says in histories which one it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from edge.release import RELEASED, build_id
from releases import BUILD_ID

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


def test_all_that_a_worker_imports_of_ours_is_part_of_its_release() -> None:
    listing = "import sys, worker\nfor one in sys.modules.values(): print(getattr(one, '__file__', None) or '')"
    found = subprocess.run([sys.executable, "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True)
    files = {Path(line) for line in found.stdout.split("\n") if line}
    ours = {file for file in files if file.is_relative_to(ROOT) and ".venv" not in file.parts}
    released = {file for part in RELEASED for file in ROOT.glob(part)}
    assert ROOT / "workflows" / "deal.py" in ours and ours <= released, sorted(ours - released)
