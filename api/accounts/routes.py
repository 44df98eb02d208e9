from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.schemas import AccountIn, AccountOut, AccountsOut
from api.dependencies import Caller, Requires, RequiresTenant, ServicesOfApp, Tenant, only_oneself
from api.fields import IdInPath
from api.nudges import Ring
from api.writes import Written
from domain.roles import Role, Scope
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from store.accounts import accounts_of, add_account
from store.steps import owed_payments
from store.users import user_of

router = APIRouter(tags=["accounts"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.USERS, client=True))]
Reader = Annotated[Caller, Depends(Requires(scope=Scope.USERS, client=True, role=Role.OPERATOR))]


@router.post(
    "/users/{user_id}/accounts",
    status_code=201,
    response_model=AccountOut,
    responses=problems(401, 403, 404, 409, 413, 422, 503),
)
async def name_account(
    request: Request,
    user_id: IdInPath,
    body: AccountIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """Names a bank account of the user. Whether it is his, his bank decides when money is asked of it."""

    only_oneself(caller, user_id)

    async def work(session: AsyncSession) -> Written:
        user = await user_of(session, caller.marketplace_id, user_id, lock=True)
        account = await add_account(session, user, number=body.number, currency=body.currency, payout=body.payout)
        owed = await owed_payments(session, user.id, account.currency) if account.payout else []
        return Written.of(201, AccountOut.of(account), account, *(Ring(deal, payment) for deal, payment in owed))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.get("/users/{user_id}/accounts", responses=problems(401, 403, 404, 422, 503))
async def list_accounts(user_id: IdInPath, caller: Reader, services: ServicesOfApp) -> AccountsOut:
    only_oneself(caller, user_id)
    async with services.database.transaction() as session:
        user = await user_of(session, caller.marketplace_id, user_id)
        accounts = await accounts_of(session, user.id)
    return AccountsOut(items=[AccountOut.of(account) for account in accounts], next=None)
