"""Operators: the named people who run the product."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from market.acts import Outcome
from market.logins import Credentials
from store.people.logins import create_login
from store.people.operators import Operator, create_operator


async def add_administrator(
    session: AsyncSession, name: str, credentials: Credentials, *, email: str | None, approver: bool
) -> Outcome[Operator]:
    """Adds an administrator who logs in with these credentials; links for a new password go to `email`.

    Raises `Conflict` login_exists.
    """
    operator = await create_operator(session, name, approver=approver, administrator=True, email=email)
    await create_login(session, name=credentials.login, password=credentials.password, operator_id=operator.id)
    return Outcome(operator, operator)
