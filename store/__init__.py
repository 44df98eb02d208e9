"""The market's tables and queries: one noun per file, nouns of one subject in a folder.

Importing any of them imports all: rows refer to each other, and the metadata has every table.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

from store.migrate import is_current, migrate

__all__ = ["is_current", "migrate"]

for _found in walk_packages(__path__, "store."):
    if not _found.name.startswith("store.migrations."):
        import_module(_found.name)
