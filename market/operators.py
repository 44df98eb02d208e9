"""Operators: the named people who run the product."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import NotFound
from market.acts import Outcome
from market.logins import Credentials
from store.people.logins import create_login
from store.people.operators import Operator, create_operator


async def add_administrator(
    session: AsyncSession, name: str, credentials: Credentials, *, email: str | None, approver: bool, arbiter: bool
) -> Outcome[Operator]:
    """Adds an administrator who logs in with these credentials; links for a new password go to `email`.

    Raises `Conflict` login_exists.
    """
    operator = await create_operator(session, name, approver=approver, arbiter=arbiter, administrator=True, email=email)
    await create_login(session, name=credentials.login, password=credentials.password, operator_id=operator.id)
    return Outcome(operator, operator)


async def make_arbiter(
    session: AsyncSession, operator_id: UUID, email: str | None, *, arbiter: bool
) -> Outcome[Operator]:
    """Gives an operator the right to decide disputes, or ends it. News of disputes goes to `email`, if it is given.

    Raises `NotFound` unknown_owner.
    """
    operator = await session.get(Operator, operator_id)
    if operator is None:
        raise NotFound("unknown_owner", f"There is nobody with the id {operator_id}.")
    operator.arbiter = arbiter
    operator.email = email or operator.email
    await session.flush()
    return Outcome(operator, operator)
