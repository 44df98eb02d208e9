"""The repository's own lints: what ruff, mypy and import-linter cannot say. `python -m checks` runs every gate."""
