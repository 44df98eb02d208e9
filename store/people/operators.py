"""Operators: the named people who run the product. Each has their own keys."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.roles import Role, staff_roles
from store.base import Base, Created, Id


class Operator(Base):
    __tablename__ = "operators"

    id: Mapped[Id]
    name: Mapped[str]
    approver: Mapped[bool] = mapped_column(server_default=text("false"))
    """May approve requests of other operators."""
    arbiter: Mapped[bool] = mapped_column(server_default=text("false"))
    """May take disputes and decide them."""
    administrator: Mapped[bool] = mapped_column(server_default=text("false"))
    """May keep people and reference data."""
    email: Mapped[str | None]
    """The address for the link with which a password is set, and for news of disputes and of the gas account."""
    created_at: Mapped[Created]


async def operator_of(session: AsyncSession, operator_id: UUID) -> Operator:
    return await session.get_one(Operator, operator_id)


async def operators_of(session: AsyncSession, operator_ids: Collection[UUID]) -> dict[UUID, Operator]:
    """These operators, by id."""
    if not operator_ids:
        return {}
    return {one.id: one for one in await session.scalars(select(Operator).where(Operator.id.in_(operator_ids)))}


async def arbiter_still(session: AsyncSession, operator_id: UUID | None) -> UUID | None:
    """The operator who has taken a dispute, if they may still decide it."""
    return await session.scalar(select(Operator.id).where(Operator.id == operator_id, Operator.arbiter))


async def arbiters_with_address(session: AsyncSession) -> list[Operator]:
    """The arbiters who get mails about disputes."""
    query = select(Operator).where(Operator.arbiter, Operator.email.is_not(None)).order_by(Operator.id)
    return list(await session.scalars(query))


async def administrators_with_address(session: AsyncSession) -> list[Operator]:
    """The administrators who get mails about the platform's own money."""
    query = select(Operator).where(Operator.administrator, Operator.email.is_not(None)).order_by(Operator.id)
    return list(await session.scalars(query))


async def create_operator(
    session: AsyncSession,
    name: str,
    *,
    approver: bool = False,
    arbiter: bool = False,
    administrator: bool = False,
    email: str | None = None,
) -> Operator:
    operator = Operator(name=name, approver=approver, arbiter=arbiter, administrator=administrator, email=email)
    session.add(operator)
    await session.flush()
    return operator


def roles_of(operator: Operator) -> frozenset[Role]:
    return staff_roles(approver=operator.approver, arbiter=operator.arbiter, administrator=operator.administrator)
