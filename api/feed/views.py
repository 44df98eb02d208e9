"""The object of an event, as its own address shows it to the marketplace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.schemas import AccountOut
from api.corrections.schemas import BookedCorrectionOut
from api.deals.views import show_deal
from api.deposits.schemas import DepositOut
from api.disputes.schemas import WholeDisputeOut
from api.disputes.views import show_dispute
from api.feed.schemas import Shown
from api.holds.schemas import HoldOut
from api.offers.schemas import OfferOut, offer_out
from api.payment_requests.schemas import PaymentRequestOut
from api.payments.schemas import PaymentOut
from api.payments.views import show as show_payment
from api.refunds.schemas import RefundOut, refund_out
from api.top_ups.schemas import AssignedTransferOut, TopUpOut
from api.transfers.schemas import TransferOut
from api.withdrawals.schemas import WithdrawalOut
from domain.feed import Noun
from store.banks.accounts import account_in
from store.chain.incoming_transfers import incoming_of
from store.deals.deals import deal_of
from store.deals.disputes import dispute_of
from store.deals.offers import offer_of
from store.payments.payments import payment_of
from store.payments.refunds import refund_of, steps_of_refund
from store.wallets.corrections import correction_of
from store.wallets.holds import hold_of
from store.wallets.movements import Deposit, movement_of
from store.wallets.payment_requests import request_of
from store.wallets.top_ups import top_up_of
from store.wallets.wallets import wallet_of
from store.wallets.withdrawals import withdrawal_of


async def _deal(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> Shown:
    return await show_deal(session, await deal_of(session, marketplace_id, id_))


async def _payment(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> PaymentOut:
    return await show_payment(session, await payment_of(session, marketplace_id, id_))


async def _refund(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> RefundOut:
    refund = await refund_of(session, marketplace_id, id_)
    deal = await deal_of(session, marketplace_id, refund.deal_id)
    return refund_out(deal, refund, await steps_of_refund(session, refund.id), for_operator=False)


async def _dispute(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> WholeDisputeOut:
    dispute = await dispute_of(session, id_)
    deal = await deal_of(session, marketplace_id, dispute.deal_id)
    return await show_dispute(session, deal, dispute, for_operator=False)


async def _offer(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> OfferOut:
    return offer_out(await offer_of(session, marketplace_id, id_), for_operator=False)


async def _withdrawal(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> WithdrawalOut:
    return WithdrawalOut.of(await withdrawal_of(session, marketplace_id, id_))


async def _top_up(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> TopUpOut:
    return TopUpOut.of(await top_up_of(session, marketplace_id, id_))


async def _payment_request(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> PaymentRequestOut:
    return PaymentRequestOut.of(await request_of(session, marketplace_id, id_))


async def _hold(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> HoldOut:
    return HoldOut.of(await hold_of(session, marketplace_id, id_))


async def _correction(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> BookedCorrectionOut:
    correction = await correction_of(session, id_)
    await wallet_of(session, marketplace_id, correction.wallet_id)
    return BookedCorrectionOut.of(correction)


async def _incoming_transfer(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> AssignedTransferOut:
    incoming = await incoming_of(session, id_)
    assert incoming.wallet_id is not None, "only what is assigned is an event"
    await wallet_of(session, marketplace_id, incoming.wallet_id)
    return AssignedTransferOut.assigned(incoming)


async def _account(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> AccountOut:
    return AccountOut.of(await account_in(session, marketplace_id, id_))


async def _movement(session: AsyncSession, marketplace_id: UUID, id_: UUID) -> DepositOut | TransferOut:
    movement, moved = await movement_of(session, marketplace_id, id_.int)
    return DepositOut.of(movement, moved) if isinstance(movement, Deposit) else TransferOut.of(movement, moved)


_SHOW: Final[Mapping[Noun, Callable[[AsyncSession, UUID, UUID], Awaitable[Shown]]]] = {
    Noun.DEAL: _deal,
    Noun.PAYMENT: _payment,
    Noun.REFUND: _refund,
    Noun.DISPUTE: _dispute,
    Noun.OFFER: _offer,
    Noun.WITHDRAWAL: _withdrawal,
    Noun.TOP_UP: _top_up,
    Noun.PAYMENT_REQUEST: _payment_request,
    Noun.HOLD: _hold,
    Noun.CORRECTION: _correction,
    Noun.INCOMING_TRANSFER: _incoming_transfer,
    Noun.ACCOUNT: _account,
    Noun.DEPOSIT: _movement,
    Noun.TRANSFER: _movement,
}


async def show_object(session: AsyncSession, marketplace_id: UUID, noun: str, id_: UUID) -> Shown:
    return await _SHOW[Noun(noun)](session, marketplace_id, id_)
