"""Makes the typed Python client of the market's API from its OpenAPI document: `python -m tests.openapi.client`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.openapi.market_routes import DOCUMENT

FOLDER: Final = Path(__file__).parents[2] / "clients/python"
CLIENT: Final = FOLDER / "holdfast_client"


def generate(into: Path) -> Path:
    """The client as the generator makes it now, in a new folder below `into`."""
    document, made = into / "openapi.json", into / CLIENT.name
    document.write_text(json.dumps(_readable(DOCUMENT)))
    arguments = ("--path", document, "--config", FOLDER / "generator.yml", "--meta", "none", "--output-path", made)
    subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", *arguments],
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},  # it calls ruff
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    (made / "py.typed").touch()
    return made


def _readable(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without "one of these two fields", which the API checks: the generator makes no class of such a schema."""
    readable: dict[str, Any] = json.loads(json.dumps(document))
    for schema in readable["components"]["schemas"].values():
        if "properties" in schema:
            schema.pop("anyOf", None)
    return readable


def files_of(client: Path) -> dict[str, str]:
    """The text of each file by its path."""
    return {str(path.relative_to(client)): path.read_text() for path in sorted(client.rglob("*")) if _is_text(path)}


def _is_text(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        made = generate(Path(scratch))
        shutil.rmtree(CLIENT, ignore_errors=True)
        shutil.copytree(made, CLIENT)


if __name__ == "__main__":
    main()
