from __future__ import annotations

from pathlib import Path
from typing import Final

DEFAULT_FOLDER: Final = Path(".holdfast")
"""Default folder of a stack's state."""
