"""Real parts for every test; the fixtures are in tests/fixtures, one part per file."""

from __future__ import annotations

pytest_plugins = [
    "tests.fixtures.workers",
    "tests.fixtures.garbage",
    "tests.fixtures.logs",
    "tests.fixtures.postgres",
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
]
