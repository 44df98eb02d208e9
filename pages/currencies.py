"""The initial currency of a form."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from pages.visit import Known
from store.banks.accounts import accounts_of
from store.operations.platform_settings import platform_settings


async def usual_currency(session: AsyncSession, known: Known) -> str:
    """That of the visitor's payout account, else the platform's."""
    for account in await accounts_of(session, known.visitor.user_id):
        if account.payout:
            return account.currency
    return (await platform_settings(session)).sign_up_currency
