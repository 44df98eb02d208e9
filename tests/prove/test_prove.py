"""The proofs in their short form; `make prove` runs them in full."""

from __future__ import annotations

import pytest

from tests.fixtures.databases import Databases
from tests.prove.proofs import PROOFS, Size

SEED = 1


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(PROOFS))
async def test_nothing_differs_from_the_model(databases: Databases, name: str) -> None:
    figures = await PROOFS[name](databases, Size.SHORT, SEED)
    assert figures.differences == []
    assert figures.deals > 0
