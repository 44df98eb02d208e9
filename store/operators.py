"""Operators: the named people who run the product. Their keys are theirs alone."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from store.base import Base, Created, Id


class Operator(Base):
    __tablename__ = "operators"

    id: Mapped[Id]
    name: Mapped[str]
    created_at: Mapped[Created]


async def create_operator(session: AsyncSession, name: str) -> Operator:
    operator = Operator(name=name)
    session.add(operator)
    await session.flush()
    return operator
