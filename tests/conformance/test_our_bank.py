"""This bank conforms; adapters that are wrong on purpose do not; the guide shows what is run here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from devstack.mailbox import Mailbox
from tests.conformance import CASES, Adapter, Case
from tests.conformance.broken import FOUND_BY, Wrong
from tests.conformance.ours import OurBank
from tests.fixtures.bank import RunningBank, fresh_bank
from tests.fixtures.databases import Databases

GUIDE = Path(__file__).parents[2] / "docs" / "conformance.md"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(databases: Databases, mailbox: Mailbox) -> AsyncIterator[RunningBank]:
    """One bank for all cases; its client gives up when an answer will never come."""
    async with fresh_bank(databases, mailbox, gives_up=True) as started:
        yield started
        assert await started.violations() == []


@pytest.fixture
def adapter(running: RunningBank) -> Adapter:
    return OurBank(running)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_bank_conforms(case: Case, adapter: Adapter) -> None:
    await case(adapter)
    assert case in CASES


@pytest.mark.parametrize("wrong", FOUND_BY, ids=lambda wrong: wrong.__name__)
async def test_an_adapter_that_is_wrong_on_purpose_fails_the_kit(wrong: type[Wrong], adapter: Adapter) -> None:
    [case] = [case for case in CASES if case.name == FOUND_BY[wrong]]
    adapter.client = wrong(adapter.client)
    with pytest.raises(AssertionError):
        await case(adapter)


def test_the_guide_shows_what_is_run_here_and_lists_every_case() -> None:
    guide = GUIDE.read_text()
    [shown] = [block.split("```")[0] for block in guide.split("```python\n")[1:]]
    assert shown in Path(__file__).read_text()
    assert [line[2:] for line in guide.splitlines() if line.startswith("- ")] == [
        case.name.replace("_", " ") for case in CASES
    ]
