from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.codes.schemas import CodeIn
from api.dependencies import Operator, ServicesOfApp, WalletActor, WalletReader
from api.fields import After, Empty, IdInPath, Limit
from api.refusals import LIMITED_WRITES, READS, WRITES
from api.wallets.lists import listed_in_wallet
from api.withdrawals.schemas import ApprovalIn, WithdrawalIn, WithdrawalOut, WithdrawalsOut
from api.writes import Write
from edge.codes import normalise
from edge.documents import refusing
from fronts.paging import PAGE_SIZE
from fronts.writes import written
from market import withdrawals
from market.acts import Outcome
from store.wallets.withdrawals import Withdrawal, unapproved, withdrawal_of, withdrawals_of

router = APIRouter(tags=["withdrawals"])


@router.post(
    "/wallets/{wallet_id}/withdrawals",
    summary="Create a withdrawal",
    status_code=201,
    response_model=WithdrawalOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_wallet unknown_account",
            409: "wrong_currency insufficient_funds wallet_closed account_unconfirmed bank_not_served "
            "address_not_allowed above_maximum below_minimum too_many_unconfirmed",
            422: "invalid_address bad_amount unknown_currency",
            503: "gateway_unavailable",
        },
    ),
)
async def create_withdrawal(wallet_id: IdInPath, body: WithdrawalIn, caller: WalletActor, write: Write) -> Response:
    """Holds the money for one of the owner's bank accounts, or for an address on TRON, and mails the owner a code that
    confirms it. To an address the fee is the platform's, and fixed.
    """
    settings, money = write.services.settings, body.amount.money("amount")
    sealer, pepper = write.services.sealer, settings.pepper_bytes

    async def act(session: AsyncSession) -> Outcome[Withdrawal]:
        if body.address is not None:
            terms = settings.address_terms
            return await withdrawals.begin_to_address(
                session, caller, wallet_id, body.address, money, terms, sealer, pepper
            )
        assert body.account_id is not None
        return await withdrawals.begin(session, caller, wallet_id, body.account_id, money, sealer, pepper)

    return await write.answer(caller, body, written(201, act, WithdrawalOut.of))


@router.post(
    "/withdrawals/{withdrawal_id}/confirmation",
    summary="Confirm a withdrawal",
    response_model=WithdrawalOut,
    responses=refusing(
        LIMITED_WRITES,
        {
            404: "unknown_withdrawal",
            409: "withdrawal_ended code_rejected",
            422: "bad_code",
            429: "too_many_wrong_codes",
        },
    ),
)
async def confirm_withdrawal(withdrawal_id: IdInPath, body: CodeIn, caller: WalletActor, write: Write) -> Response:
    """Confirms with the code from the mail: the bank is asked to pay. Every failure of a code has the same answer."""
    code = normalise(body.code)
    attempt = withdrawals.Try(withdrawal_id, caller.name, write.key)
    await write.services.database.run(partial(withdrawals.count_try, actor=caller, attempt=attempt))
    act = partial(
        withdrawals.confirm, actor=caller, attempt=attempt, code=code, pepper=write.services.settings.pepper_bytes
    )
    return await write.answer(caller, body, written(200, act, WithdrawalOut.of))


@router.post(
    "/withdrawals/{withdrawal_id}/codes",
    summary="Request another code for a withdrawal",
    response_model=WithdrawalOut,
    responses=refusing(
        LIMITED_WRITES, {404: "unknown_withdrawal", 409: "withdrawal_ended too_many_codes", 429: "code_too_soon"}
    ),
)
async def request_withdrawal_code(withdrawal_id: IdInPath, body: Empty, caller: WalletActor, write: Write) -> Response:
    """Mails another code; the previous one no longer works. At most three, half a minute apart."""
    sealer, pepper = write.services.sealer, write.services.settings.pepper_bytes
    act = partial(withdrawals.send_code, actor=caller, withdrawal_id=withdrawal_id, sealer=sealer, pepper=pepper)
    return await write.answer(caller, body, written(200, act, WithdrawalOut.of))


@router.post(
    "/withdrawals/{withdrawal_id}/cancellation",
    summary="Cancel a withdrawal",
    response_model=WithdrawalOut,
    responses=refusing(WRITES, {404: "unknown_withdrawal", 409: "withdrawal_ended withdrawal_confirmed"}),
)
async def cancel_withdrawal(withdrawal_id: IdInPath, body: Empty, caller: WalletActor, write: Write) -> Response:
    """Cancels a withdrawal without a confirmed code, or one that waits for an approver or the platform's money."""
    work = written(200, lambda session: withdrawals.cancel(session, caller, withdrawal_id), WithdrawalOut.of)
    return await write.answer(caller, body, work)


@router.post(
    "/withdrawals/{withdrawal_id}/approval",
    summary="Decide about a withdrawal",
    response_model=WithdrawalOut,
    responses=refusing(WRITES, {403: "approver_key_needed", 404: "unknown_withdrawal", 409: "not_to_be_approved"}),
)
async def decide_withdrawal(withdrawal_id: IdInPath, body: ApprovalIn, caller: Operator, write: Write) -> Response:
    """An approver approves or rejects a large amount to an address. A rejection frees the money."""
    act = partial(withdrawals.decide, operator_id=caller.operator_id, withdrawal_id=withdrawal_id, approve=body.approve)
    return await write.answer(caller, body, written(200, act, WithdrawalOut.of))


@router.get("/withdrawal-approvals", summary="List withdrawals that wait for approval", responses=READS)
async def list_withdrawal_approvals(
    caller: Operator, services: ServicesOfApp, after: After = None, limit: Limit = PAGE_SIZE
) -> WithdrawalsOut:
    """The withdrawals that wait for an approver, oldest first."""
    async with services.database.transaction() as session:
        found = await unapproved(session, after, limit + 1)
    return WithdrawalsOut.of(found, limit, WithdrawalOut.of)


@router.get(
    "/withdrawals/{withdrawal_id}", summary="Get a withdrawal", responses=refusing(READS, {404: "unknown_withdrawal"})
)
async def get_withdrawal(withdrawal_id: IdInPath, caller: WalletReader, services: ServicesOfApp) -> WithdrawalOut:
    async with services.database.transaction() as session:
        found = await withdrawal_of(session, caller.marketplace_id, withdrawal_id, owner=caller.user_id)
        return WithdrawalOut.of(found)


@router.get(
    "/wallets/{wallet_id}/withdrawals",
    summary="List a wallet's withdrawals",
    responses=refusing(READS, {404: "unknown_wallet"}),
)
async def list_withdrawals(
    wallet_id: IdInPath, caller: WalletReader, services: ServicesOfApp, after: After = None, limit: Limit = PAGE_SIZE
) -> WithdrawalsOut:
    """The wallet's withdrawals, oldest first."""
    found = await listed_in_wallet(services, caller, wallet_id, withdrawals_of, after, limit)
    return WithdrawalsOut.of(found, limit, WithdrawalOut.of)
