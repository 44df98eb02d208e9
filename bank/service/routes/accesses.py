from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Viewer
from bank.service.acts import accesses, accounts, codes
from bank.service.acts.accesses import Asked
from bank.service.gate import Step
from bank.service.rules.accounts import bank_of_account
from bank.service.schemas.accesses import (
    AccessTokenIn,
    AccessTokenOut,
    AccountToken,
    AskedNumber,
    BalanceOut,
    OwnerStatementOut,
)
from bank.service.schemas.codes import CodeOut
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from edge.codes import normalise
from edge.idempotency import Answer, IdempotencyKey
from edge.problem import problems
from edge.wire import MAX_INTEGER, Timestamp, utc

router = APIRouter(prefix="/accounts/{number}", tags=["accesses"])

NumberInPath = Annotated[AskedNumber, Path()]
Token = Annotated[AccountToken, Header(alias="Account-Token", description="What the owner's code was exchanged for.")]
Written = tuple[int, dict[str, object]]

_ASKS = problems(401, 403, 409, 413, 422, 429, 503)
_READS = problems(401, 403, 422, 503)


@router.post("/access-codes", status_code=201, response_model=CodeOut, responses=_ASKS)
async def ask_owner(
    request: Request, number: NumberInPath, body: Empty, key: IdempotencyKey, caller: Viewer, services: ServicesOfApp
) -> Response:
    """Asks the account's owner, by a code, whether the caller may see balance and statement. Kills the code before it.

    The answer is the same for an account that does not exist.
    """
    window = timedelta(seconds=services.settings.access_window_s)
    made: list[int] = []

    async def work(session: AsyncSession) -> Written:
        code = await accesses.ask_owner(session, services.code_rules, Asked(caller.name, number), window)
        made[:] = [code.id]
        return 201, CodeOut.of(code).model_dump(mode="json")

    async def send() -> None:
        # Not waited for: how long the mail takes would tell whether there is an owner.
        await services.delivery.deliver(made[0], wait_s=0)

    step = Step("access_code", bank_of_account(number))
    return await services.writes.answer(request, caller.name, key, step, body, work, after=send)


@router.post("/access-tokens", status_code=201, response_model=AccessTokenOut, responses=_ASKS)
async def exchange_code(
    request: Request,
    number: NumberInPath,
    body: AccessTokenIn,
    key: IdempotencyKey,
    caller: Viewer,
    services: ServicesOfApp,
) -> Response:
    """Exchanges the owner's code for a token. Every failure of the code has the same answer, unknown accounts included.

    The identical request with the same key gets the identical token again.
    """
    typed = normalise(body.code)
    rules, ttl = services.code_rules, timedelta(seconds=services.settings.access_token_ttl_s)

    async def count(session: AsyncSession, digest: bytes) -> None:
        awaiting = accesses.access_awaiting(Asked(caller.name, number))
        await codes.count_try(session, rules, caller.name, key, digest, awaiting)

    async def work(session: AsyncSession) -> Written:
        asked = Asked(caller.name, number)
        token = await accesses.exchange(session, rules, asked, key, typed, body.submitted_at, ttl)
        shown = AccessTokenOut(access=token.access_key, token=None, expires_at=utc(token.expires_at))
        return 201, shown.model_dump(mode="json")

    async def reveal(answer: Answer) -> dict[str, str]:
        async with services.database.transaction() as session:
            return {"token": await accesses.reveal_token(session, answer.body["access"], typed, rules.pepper)}

    step = Step("access_token", bank_of_account(number))
    return await services.writes.answer(request, caller.name, key, step, body, work, before=count, reveal=reveal)


@router.get("/balance", responses=_READS)
async def read_balance(number: NumberInPath, caller: Viewer, token: Token, services: ServicesOfApp) -> BalanceOut:
    """The balance, for whom the owner lets see it."""
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
    """Entries of a period between its opening and its closing balance, oldest first, for whom the owner lets see them.

    Operations of other marketplaces are not named.
    """
    async with services.database.transaction() as session:
        account = await accesses.seen_by(session, caller.name, number, token, services.settings.pepper_bytes)
        _, page = await accounts.account_statement(session, account.number, since, until, after, limit)
        return OwnerStatementOut.of(account, page, await accesses.own_operations(session, caller.name, page))
