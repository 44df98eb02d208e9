"""Real parts for every test; the fixtures are in tests/fixtures, one part per file."""

from __future__ import annotations

from typing import Final

import pytest

pytest.register_assert_rewrite("tests.fixtures")
pytest_plugins = ["tests.fixtures.workers"]

# Importing the product takes a process seconds: one that only hands tests to its workers does without.
PARTS: Final = (
    "tests.fixtures.garbage",
    "tests.fixtures.logs",
    "tests.fixtures.once",
    "tests.fixtures.postgres",
    "tests.fixtures.replica",
    "tests.fixtures.databases",
    "tests.fixtures.temporal",
    "tests.fixtures.mail",
    "tests.fixtures.market",
    "tests.fixtures.shop",
    "tests.fixtures.letters",
    "tests.fixtures.people",
    "tests.fixtures.wallets",
    "tests.fixtures.post",
    "tests.fixtures.bank",
    "tests.fixtures.signer",
    "tests.fixtures.sagas",
    "tests.fixtures.tron",
    "tests.fixtures.outgoing",
    "tests.fixtures.browser",
    "tests.fixtures.cabinet",
    "tests.fixtures.outside",
    "tests.fixtures.scanning",
)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("dist", "no") == "no":
        for part in PARTS:
            config.pluginmanager.import_plugin(part)
