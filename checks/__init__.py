"""The repository's own lints, beyond ruff, mypy and import-linter. `python -m checks` runs every gate."""
