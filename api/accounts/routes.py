from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.accounts.schemas import AccountIn, AccountOut, AccountsOut, CodeAskedOut
from api.codes.schemas import CodeIn
from api.dependencies import Caller, Requires, RequiresTenant, ServicesOfApp, Tenant, may_say_where_payouts_go
from api.fields import Empty, IdInPath
from api.refusals import LIMITED_WRITES, READS, WRITES
from api.writes import Write
from domain.roles import Role, Scope
from edge.codes import normalise
from edge.documents import refusing
from edge.wire import utc
from fronts.writes import written
from market import accounts
from market.actor import only_oneself
from store.banks.accounts import Account, accounts_of
from store.people.users import user_of

router = APIRouter(tags=["accounts"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.USERS, client=True))]
Reader = Annotated[Caller, Depends(Requires(scope=Scope.USERS, client=True, role=Role.OPERATOR))]


@router.post(
    "/users/{user_id}/accounts",
    summary="Add a bank account",
    status_code=201,
    response_model=AccountOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_user",
            409: "account_exists account_closed currency_mismatch too_many_unconfirmed",
            422: "no_such_account unknown_bank bad_account_number unknown_currency",
        },
    ),
)
async def add_account(user_id: IdInPath, body: AccountIn, caller: Actor, write: Write) -> Response:
    """Adds a bank account of the user. It can be used once its owner has confirmed it with a code from the bank.

    An account that the bank does not have is refused. While the bank cannot be reached, it is stored unconfirmed.
    """
    only_oneself(caller, user_id)
    if body.payout:
        may_say_where_payouts_go(caller)
    act = partial(
        accounts.name_account,
        actor=caller,
        user_id=user_id,
        number=body.number,
        currency=body.currency,
        payout=body.payout,
        known=await accounts.look_up(write.services.banks, body.number),
    )
    return await write.answer(caller, body, written(201, act, AccountOut.of))


@router.post(
    "/users/{user_id}/accounts/{account_id}/codes",
    summary="Request a code for an account's owner",
    status_code=202,
    response_model=CodeAskedOut,
    responses=refusing(
        LIMITED_WRITES,
        {
            404: "unknown_user unknown_account",
            409: "account_confirmed account_closed",
            422: "no_such_account",
            429: "code_too_soon too_many_codes_sent too_many_requests",
            503: "bank_unreachable",
        },
    ),
)
async def request_account_code(
    user_id: IdInPath, account_id: IdInPath, body: Empty, caller: Actor, write: Write
) -> Response:
    """Has the bank send a code to the account's owner, at the contact the bank has on file. At most three an hour."""
    only_oneself(caller, user_id)
    claim = accounts.Claim(caller.marketplace_id, user_id, account_id, caller.name, write.key)
    sent = accounts.value_of(await accounts.ask_for_code(write.services.database, write.services.banks, claim))

    def out(account: Account) -> CodeAskedOut:
        return CodeAskedOut(account=AccountOut.of(account), expires_at=utc(sent.expires_at))

    work = written(202, lambda session: accounts.code_sent(session, claim), out)
    return await write.answer(caller, body, work)


@router.post(
    "/users/{user_id}/accounts/{account_id}/confirmation",
    summary="Confirm a bank account",
    response_model=AccountOut,
    responses=refusing(
        LIMITED_WRITES,
        {
            404: "unknown_user unknown_account",
            409: "account_confirmed code_rejected account_closed",
            422: "no_such_account bad_code",
            429: "too_many_wrong_codes too_many_requests",
            503: "bank_unreachable",
        },
    ),
)
async def confirm_account(
    user_id: IdInPath, account_id: IdInPath, body: CodeIn, caller: Actor, write: Write
) -> Response:
    """Confirms the account with the code that its owner got. Every failure of a code has the same answer."""
    only_oneself(caller, user_id)
    code = normalise(body.code)
    claim = accounts.Claim(caller.marketplace_id, user_id, account_id, caller.name, write.key)
    answer = await accounts.submit_code(write.services.database, write.services.banks, claim, code)
    work = written(200, lambda session: accounts.confirm(session, claim, answer), AccountOut.of)
    return await write.answer(caller, body, work)


@router.get(
    "/users/{user_id}/accounts", summary="List a user's bank accounts", responses=refusing(READS, {404: "unknown_user"})
)
async def list_accounts(user_id: IdInPath, caller: Reader, services: ServicesOfApp) -> AccountsOut:
    only_oneself(caller, user_id)
    async with services.database.transaction() as session:
        user = await user_of(session, caller.marketplace_id, user_id)
        found = await accounts_of(session, user.id)
    return AccountsOut(items=[AccountOut.of(account) for account in found], next=None)
