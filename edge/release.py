"""Which release a worker is: operators see it in each history."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

# What a worker runs. Two workers with different code are two releases, even with the same version.
RELEASED = (
    *(f"{name}.py" for name in ("encryption", "origins", "releases", "sagas", "schedules", "settings", "worker")),
    *(
        f"{name}/**/*.py"
        for name in (
            "activities",
            "bank",
            "domain",
            "edge",
            "ledger",
            "market",
            "payloads",
            "rails",
            "signer",
            "store",
            "texts",
            "tron",
            "workflows",
        )
    ),
    # Mails are made of these.
    "texts/templates/**/*.jinja",
    "texts/translations/*.po",
)


def build_id(root: Path) -> str:
    """Version and digest of the code below `root`: operators see in each history which release wrote it.

    By default the SDK hashes all loaded code, which takes a worker seconds before it works.
    """
    digest = hashlib.sha256()
    for path in sorted(file for part in RELEASED for file in root.glob(part)):
        digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return f"holdfast-{version('holdfast')}-{digest.hexdigest()[:12]}"
