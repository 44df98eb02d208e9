"""The proofs in their short form, most of them on one stack; `make prove` runs them in full."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
import pytest_asyncio

from tests.fixtures.databases import Databases
from tests.prove.forks import Forks
from tests.prove.programs import LOADED
from tests.prove.proofs import PROOFS, Size
from tests.prove.stacks import SharedStack

SEED = 1


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stacks(databases: Databases) -> AsyncIterator[SharedStack]:
    async with aclosing(Forks(*LOADED)) as forks, aclosing(SharedStack(databases, forks)) as shared:
        yield shared


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PROOFS)
async def test_nothing_differs_from_the_model(stacks: SharedStack, name: str) -> None:
    try:
        figures = await PROOFS[name](stacks, Size.SHORT, SEED)
        assert figures.differences == []
        assert figures.deals > 0
    except BaseException:
        await stacks.aclose()  # what a failure has left there would fail the others
        raise
