"""The typed client in the tree is the one that its generator makes of the API as it is."""

from __future__ import annotations

from pathlib import Path

from tests.openapi.client import CLIENT, files_of, generate
from tests.openapi.exploring import operations
from tests.openapi.market_routes import DOCUMENT


def test_the_client_in_the_tree_is_current(tmp_path: Path) -> None:
    made, kept = files_of(generate(tmp_path)), files_of(CLIENT)
    stale = sorted({path for path, _ in made.items() ^ kept.items()})
    assert not stale, f"run `python -m tests.openapi.client`: {', '.join(stale[:10])}"


def test_every_operation_is_a_module_of_the_client() -> None:
    named = {path.stem for path in (CLIENT / "api").rglob("*.py")} - {"__init__"}
    assert named == {operation["operationId"] for operation in operations(DOCUMENT).values()}
