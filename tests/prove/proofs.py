"""The proofs by name. Each has a stack of its own and ends with its counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum

from tests.fixtures.databases import Databases
from tests.prove import stories
from tests.prove.figures import Figures
from tests.prove.rig import rig


class Size(Enum):
    SHORT = "short"
    FULL = "full"


Proof = Callable[[Databases, Size, int], Awaitable[Figures]]


async def answers(databases: Databases, size: Size, seed: int) -> Figures:
    """A hundredth of the answers between worker, bank and databases is lost. Void unless a request came twice."""
    deals = {Size.SHORT: 12, Size.FULL: 900}[size]
    async with rig(databases, people=2 * deals + 3, seed=seed, lose_percent=1.0 if size is Size.FULL else 3.0) as stack:
        slow = {"do": "delay", "delay": {"kind": "uniform", "low_s": 0.0, "high_s": 1.2}, "probability": 0.3}
        for bank_id in (1, 2, 3):
            await stack.market.bank.behave(bank_id, slow, seed=seed)
        await stories.compare(stack, await stories.tell(stack, deals, seed))
        figures = await stack.conclude()
    if not figures.duplicate_requests:
        figures.differences.append("void: no request arrived twice")
    return figures


PROOFS: dict[str, Proof] = {"answers": answers}
