from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import ArrivesFirst, Viewer, ViewerWrites
from bank.service.acts import accesses, accounts
from bank.service.acts.accesses import Asked
from bank.service.facts import Facts
from bank.service.plan import Plan, Result
from bank.service.requests.gate import Step
from bank.service.requests.writes import worked
from bank.service.routes.codes import CodeOut
from bank.service.rules.accounts import bank_of_account
from bank.service.schemas.accesses import (
    AccessTokenIn,
    AccessTokenOut,
    AccountToken,
    AskedNumber,
    BalanceOut,
    OwnerStatementOut,
)
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from edge.codes import normalise
from edge.idempotency import Answer
from edge.problem import problems
from edge.wire import MAX_INTEGER, Timestamp, utc

router = APIRouter(prefix="/accounts/{number}", tags=["accesses"], route_class=ArrivesFirst)

NumberInPath = Annotated[AskedNumber, Path()]
Token = Annotated[AccountToken, Header(alias="Account-Token", description="What the owner's code was exchanged for.")]

_ASKS = problems(401, 403, 409, 413, 422, 429, 503)
_READS = problems(401, 403, 422, 503)


@router.post(
    "/access-codes",
    summary="Ask an owner for access",
    status_code=201,
    response_model=CodeOut,
    responses=_ASKS,
)
async def ask_owner(number: NumberInPath, body: Empty, write: ViewerWrites, services: ServicesOfApp) -> Response:
    """Asks the account's owner, by a code, whether the caller may see balance and statement. It replaces the previous
    code.

    The answer is the same for an account that does not exist.
    """
    rules, window = services.code_rules, timedelta(seconds=services.settings.access_window_s)

    async def work(session: AsyncSession, facts: Facts) -> Result:
        plan = await accesses.ask_owner(session, rules, Asked(number), facts.caller, write.key, window)
        return CodeOut.result(plan)

    async def send(result: Result) -> None:
        # Not waited for: how long the mail takes would reveal whether there is an owner.
        await services.delivery.deliver(result.plan.new_code, wait_s=0)

    step = Step("access_code", bank_of_account(number))
    return await services.writes.answer(write, step, body, worked(work), after=send)


@router.post(
    "/access-tokens",
    summary="Exchange a code for an account token",
    status_code=201,
    response_model=AccessTokenOut,
    responses=_ASKS,
)
async def exchange_code(
    number: NumberInPath, body: AccessTokenIn, write: ViewerWrites, services: ServicesOfApp
) -> Response:
    """Exchanges the owner's code for a token. Every failure of the code has the same answer, unknown accounts included.

    The identical request with the same key gets the identical token again.
    """
    typed, asked = normalise(body.code), Asked(number)
    rules, ttl = services.code_rules, timedelta(seconds=services.settings.access_token_ttl_s)

    async def work(session: AsyncSession, facts: Facts) -> Result:
        confirmed = await accesses.confirm(session, rules, asked, facts.caller, write.key, typed, body.submitted_at)
        token = await accesses.exchange(session, rules, confirmed, typed, ttl)
        shown = AccessTokenOut(access=token.access_key, token=None, expires_at=utc(token.expires_at))
        return Result(201, shown.model_dump(mode="json"), Plan(used_code=confirmed[1]))

    async def reveal(answer: Answer) -> dict[str, str]:
        async with services.database.transaction() as session:
            return {"token": await accesses.reveal_token(session, answer.body["access"], typed, rules.pepper)}

    step = Step("access_token", bank_of_account(number))
    tries = asked.tried(rules.limits)
    return await services.writes.answer(write, step, body, worked(work), tries=tries, reveal=reveal)


@router.get("/balance", responses=_READS)
async def read_balance(number: NumberInPath, caller: Viewer, token: Token, services: ServicesOfApp) -> BalanceOut:
    """The balance, for a caller whom the owner has admitted."""
    async with services.database.transaction() as session:
        account = await accesses.seen_by(session, caller.name, number, token, services.settings.pepper_bytes)
        return BalanceOut.of(await accounts.account_state(session, account.number))


@router.get("/owner-statement", responses=_READS)
async def read_owner_statement(
    number: NumberInPath,
    caller: Viewer,
    token: Token,
    services: ServicesOfApp,
    since: Annotated[Timestamp | None, Query(alias="from")] = None,
    until: Annotated[Timestamp | None, Query(alias="to", description="Exclusive; now when left out.")] = None,
    after: Annotated[int | None, Query(ge=0, le=MAX_INTEGER, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> OwnerStatementOut:
    """Entries of a period between its opening and its closing balance, oldest first, for a caller whom the owner has
    admitted.

    Operations of other marketplaces are not named.
    """
    async with services.database.transaction() as session:
        account = await accesses.seen_by(session, caller.name, number, token, services.settings.pepper_bytes)
        _, page = await accounts.account_statement(session, account.number, since, until, after, limit)
        return OwnerStatementOut.of(account, page, await accesses.own_operations(session, caller.name, page))
