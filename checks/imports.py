"""Import rules that import-linter cannot express: single modules, submodules of libraries, and what it does not see.

import-linter (its contracts are in pyproject.toml) only knows packages, and treats a library as one module.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator

from checks.finding import Finding
from checks.names import imports, within
from checks.tree import Repository, Source

# Beside the product: they test, measure, check or start it.
BESIDE = frozenset({"tests", "bench", "checks", "clients", "docs", "deploy"})
# The single modules of the top level, and which of our packages each may import. `cli` and `worker` join the parts.
_MODULES_MAY_IMPORT = {
    "settings": frozenset({"domain", "edge"}),
    "codec": frozenset({"domain.errors", "edge", "encryption", "settings"}),
    "encryption": frozenset({"edge.sealing"}),
    "deploy_commands": frozenset({"deployments", "edge", "releases", "replay_check", "sagas", "settings"}),
    "deployments": frozenset({"domain.errors"}),
    "releases": frozenset({"edge.release", "workflows"}),
    "replay_check": frozenset({"deployments", "releases", "sagas", "workflows.sandbox"}),
    "schedules": frozenset({"domain", "payloads", "workflows.policies"}),
    "origins": frozenset({"edge.logs", "edge.tracing", "payloads"}),
    "sagas": frozenset(
        {"domain", "encryption", "edge.startup", "market", "origins", "payloads", "schedules", "settings", "store"}
        | {"workflows.attributes", "workflows.policies"}
    ),
    "worker": frozenset(
        {"domain", "payloads", "workflows", "activities", "sagas", "market", "store", "ledger", "edge", "settings"}
        | {"rails", "bank.banks", "bank.client", "bank.errors", "bank.calls", "releases"}
    ),
}
_TEMPORAL_CLIENT_USERS = frozenset(
    {"deployments", "origins", "sagas", "schedules", "worker", "devstack", "replay_check"}
)


def check(repository: Repository) -> Iterator[Finding]:
    ours = _product(repository)
    for source in repository.python:
        if source.package in BESIDE:
            continue
        yield from _inward(source, ours)
        yield from _temporal_client(source)
        if source.package == "domain":
            yield from _standard_library_only(source, ours)
    yield from _covered(repository, ours)


def _product(repository: Repository) -> set[str]:
    """Names of our own top-level packages and modules."""
    return {source.package for source in repository.python} - BESIDE


def _inward(source: Source, ours: set[str]) -> Iterator[Finding]:
    allowed = _MODULES_MAY_IMPORT.get(source.path.removesuffix(".py"))
    for use in imports(source):
        top = use.name.split(".", maxsplit=1)[0]
        if top in BESIDE - {"docs"}:
            yield Finding(source.path, use.line, "imports.from-beside", f"the product imports {top}")
        elif allowed is not None and top in ours and not (within(use.name, allowed) or _leads_to(use.name, allowed)):
            said = f"{source.package} imports {use.name}; of our packages it may import {', '.join(sorted(allowed))}"
            yield Finding(source.path, use.line, "imports.not-inward", said)


def _leads_to(name: str, allowed: frozenset[str]) -> bool:
    """`from bank import client` names `bank` first, but does not import all of bank."""
    return any(entry.startswith(f"{name}.") for entry in allowed)


def _temporal_client(source: Source) -> Iterator[Finding]:
    if source.package in _TEMPORAL_CLIENT_USERS:
        return
    for use in imports(source):
        if use.name == "temporalio.client":
            said = "the Temporal client is used by sagas.py (and to run worker.py and devstack) alone"
            yield Finding(source.path, use.line, "imports.temporal-client", said)


def _standard_library_only(source: Source, ours: set[str]) -> Iterator[Finding]:
    for use in imports(source):
        top = use.name.split(".", maxsplit=1)[0]
        if top not in sys.stdlib_module_names and top not in ours:
            said = f"domain imports {top}; it needs the standard library alone"
            yield Finding(source.path, use.line, "imports.domain-beyond-standard-library", said)


def _covered(repository: Repository, ours: set[str]) -> Iterator[Finding]:
    """A package unknown to import-linter would be exempt from every contract."""
    config = tomllib.loads((repository.root / "pyproject.toml").read_text())
    known = set(config["tool"]["importlinter"]["root_packages"])
    for name in sorted(ours - known):
        if (repository.root / name).is_dir():
            said = f"{name} is not among import-linter's root_packages in pyproject.toml"
            yield Finding(f"{name}/__init__.py", 1, "imports.package-without-contract", said)
