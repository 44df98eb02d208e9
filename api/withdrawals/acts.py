"""What REST and the pages do alike about withdrawals."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Services, Tenant
from domain.money import Money
from store.accounts import account_of
from store.wallets import wallet_of
from store.withdrawal_codes import confirm, count_try, mail_code
from store.withdrawals import Withdrawal, begin_withdrawal, withdrawal_of


async def begin(
    session: AsyncSession, services: Services, caller: Tenant, wallet_id: UUID, account_id: UUID, money: Money
) -> Withdrawal:
    """Holds the money and has the first code mailed. Raises as `begin_withdrawal`; `NotFound` for what is foreign."""
    wallet = await wallet_of(session, caller.marketplace_id, wallet_id, owner=caller.user_id)
    account = await account_of(session, wallet.user_id, account_id)
    withdrawal = await begin_withdrawal(session, wallet, account, money)
    await mail_code(session, services.sealer, services.settings.pepper_bytes, withdrawal)
    return withdrawal


async def counted(services: Services, caller: Tenant, withdrawal_id: UUID, key: str) -> None:
    """Counts a try of the code, committed before anything is compared."""

    async def count(session: AsyncSession) -> None:
        withdrawal = await withdrawal_of(session, caller.marketplace_id, withdrawal_id, owner=caller.user_id)
        await count_try(session, withdrawal, caller.name, key)

    await services.database.run(count)


async def confirmed(
    session: AsyncSession, services: Services, caller: Tenant, withdrawal_id: UUID, key: str, code: str
) -> Withdrawal:
    """Compares the normalised code of a try that was counted; raises `Conflict` code_rejected, withdrawal_ended."""
    withdrawal = await locked(session, caller, withdrawal_id)
    await confirm(session, services.settings.pepper_bytes, withdrawal, caller.name, key, code)
    return withdrawal


async def locked(session: AsyncSession, caller: Tenant, withdrawal_id: UUID) -> Withdrawal:
    return await withdrawal_of(session, caller.marketplace_id, withdrawal_id, owner=caller.user_id, lock=True)
