from __future__ import annotations

from pathlib import Path
from typing import Final

DEFAULT_FOLDER: Final = Path(".holdfast")
"""Where a stack keeps its state unless told otherwise."""
