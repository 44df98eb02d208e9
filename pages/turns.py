"""Double-submit protection: each form names its turn, and each turn is used once."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from edge.idempotency import Answer
from market.actor import outdated
from market.acts import Outcome, Work
from pages.acts import act
from pages.visit import Known
from store.operations.idempotency import ANSWERS


async def turns_taken(session: AsyncSession, known: Known, what: str) -> int:
    """How many forms of this kind the visitor has sent: the `number` of the next one."""
    columns = ANSWERS.c
    mine = select(func.count()).where(columns.caller == known.visitor.caller)
    found = await session.scalar(mine.where(columns.key.startswith(f"{what}/", autoescape=True)))
    return int(found or 0)


async def act_in_turn(known: Known, what: str, fields: dict[str, str], work: Work) -> Answer:
    """As `act`, by the form's `number`: a repeat gets the first answer, a repeat with other contents is refused.

    Raises `Conflict` page_outdated for a number whose turn it is not.
    """

    async def in_turn(session: AsyncSession) -> Outcome[Answer]:
        if str(await turns_taken(session, known, what)) != fields["number"]:
            raise outdated()
        return await work(session)

    return await act(known, f"{what}/{fields['number'][:10]}", fields, in_turn)
