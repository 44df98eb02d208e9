"""When an open row is idle: it waits for a person, or for a time that is still ahead. Any other has work.

Its workflow then has nothing to do, and a signal would cost two workflow tasks and a look at the rows. Times are the
market database's, as they apply to the row.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

from domain import deals
from domain.deals import DealState
from domain.disputes import DisputeState
from domain.overrides import OverrideState
from domain.payments import CREDITS, CodeState, PaymentState, StepState
from domain.refunds import PAYER_CLOSED, TRY_AGAIN_AFTER
from domain.webhooks import DeliveryState, EndpointState
from domain.withdrawals import FUNDS_AGAIN_AFTER, RETURNED_WITHIN, WithdrawalState
from store.banks.accounts import Account
from store.base import inline
from store.chain.cursors import ChainCursor
from store.deals.deals import Deal
from store.deals.disputes import Dispute
from store.operations.redriver import since_last_signal
from store.operations.webhooks import Delivery, WebhookEndpoint
from store.payments.codes import Code
from store.payments.overrides import Override
from store.payments.payments import Payment
from store.payments.refunds import Refund
from store.payments.steps import StepRow
from store.wallets.payment_requests import PaymentRequest
from store.wallets.top_ups import TopUp
from store.wallets.withdrawals import Withdrawal

_deal_now = func.market_now(Deal.id)

# The time to answer or to decide is over, and that is not noted yet.
_dispute_is_late = (
    exists()
    .where(
        Dispute.deal_id == Deal.id,
        Dispute.state == inline(DisputeState.OPEN),
        Dispute.escalated_at.is_(None),
        or_(
            Dispute.decide_by < _deal_now,
            and_(Dispute.answered_at.is_(None), Dispute.silent_at.is_(None), Dispute.answer_by < _deal_now),
        ),
    )
    .correlate(Deal)
)
# The purchase or proposal itself is no news: the deal only waits, and a missing workflow is found by itself.
_deal_without_news = or_(Deal.redrives > 0, Deal.events == 1)
DEAL: Final = and_(
    _deal_without_news,
    or_(
        and_(Deal.state == inline(DealState.PROPOSED), Deal.answer_by >= _deal_now),
        and_(Deal.state.in_([inline(state) for state in sorted(deals.OPEN)]), Deal.pay_by >= _deal_now),
        and_(
            Deal.state == inline(DealState.FUNDED),
            Deal.released_at.is_(None),
            Deal.accepted_at.is_(None),
            Deal.inspect_by >= _deal_now,
        ),
        and_(Deal.state == inline(DealState.DISPUTED), not_(_dispute_is_late)),
    ),
)
"""It can still be answered, paid or inspected, or somebody decides its dispute."""

_newest_code = (
    select(Code.state)
    .where(Code.payment_id == Payment.id)
    .order_by(Code.number.desc())
    .limit(1)
    .correlate(Payment)
    .scalar_subquery()
)
_payout_account = (
    select(Account.number)
    .where(
        Account.user_id == Deal.seller_id,
        Account.currency == Deal.currency,
        Account.payout_from <= func.clock_timestamp(),
    )
    .order_by(Account.payout_from.desc())
    .limit(1)
    .correlate(Deal)
    .scalar_subquery()
)
_refused_already = (
    exists()
    .where(
        StepRow.payment_id == Payment.id,
        StepRow.name.in_(CREDITS),
        StepRow.state == StepState.REFUSED,
        StepRow.account == _payout_account,
    )
    .correlate(Payment, Deal)
)
PAYMENT: Final = or_(
    Payment.delayed_until > func.market_now(Payment.deal_id),
    Payment.state.in_([inline(PaymentState.HELD), inline(PaymentState.KEPT)]),
    and_(Payment.state == inline(PaymentState.AWAITING_CODE), _newest_code != CodeState.REQUESTED),
    and_(Payment.state == inline(PaymentState.PAYABLE), or_(_payout_account.is_(None), _refused_already)),
)
"""It waits for the payer's code, the deal's decision, another account of the seller, or the end of a bank's limit.

What else happens to a payment changes its state, or requests a code.
"""

_later = aliased(StepRow)
_replaced = (
    exists()
    .where(_later.refund_id == Refund.id, _later.position == StepRow.position, _later.number > StepRow.number)
    .correlate(Refund, StepRow)
)
_may_be_asked_again = and_(
    StepRow.refused_code != PAYER_CLOSED,
    StepRow.resolved_at + TRY_AGAIN_AFTER < func.market_now(Refund.deal_id),
    not_(_replaced),
)
_to_be_made = (
    exists()
    .where(StepRow.refund_id == Refund.id, or_(StepRow.state == inline(StepState.PLANNED), _may_be_asked_again))
    .correlate(Refund)
)
REFUND: Final = and_(Refund.final_at.is_(None), not_(_to_be_made))
"""A bank has refused it, and it is not yet time to ask again. An ended one has to be compared with the banks."""

OVERRIDE: Final = Override.state != inline(OverrideState.APPROVED)
"""It is carried out, and only asks a bank on."""

PAYMENT_REQUEST: Final = PaymentRequest.expires_at >= func.market_now(PaymentRequest.id)
"""It can still be answered."""

TOP_UP: Final = or_(
    TopUp.pay_by >= func.market_now(TopUp.id),
    TopUp.pay_by
    > func.coalesce(
        select(func.min(ChainCursor.block_time))
        .where(ChainCursor.gateway == TopUp.gateway)
        .correlate(TopUp)
        .scalar_subquery(),
        TopUp.created_at,
    ),
)
"""It can still be paid, or its gateway has not read everything up to then."""

_an_earlier_one = aliased(Refund)
NEXT_REFUND: Final = (
    exists()
    .where(
        _an_earlier_one.deal_id == Refund.deal_id,
        _an_earlier_one.number < Refund.number,
        _an_earlier_one.final_at > since_last_signal(Refund),
    )
    .correlate(Refund)
)
"""It is its turn, now that an earlier refund of its deal has ended."""

_withdrawal_now = func.market_now(Withdrawal.id)
WITHDRAWAL: Final = or_(
    and_(Withdrawal.state == WithdrawalState.AWAITING_CODE, Withdrawal.expires_at >= _withdrawal_now),
    Withdrawal.state == WithdrawalState.AWAITING_APPROVAL,
    and_(
        Withdrawal.state == WithdrawalState.AWAITING_FUNDS,
        Withdrawal.short_since + FUNDS_AGAIN_AFTER >= _withdrawal_now,
    ),
    # News of the bank about a payout sets `redrives` back.
    and_(
        Withdrawal.state == WithdrawalState.PAID,
        Withdrawal.redrives > 0,
        Withdrawal.paid_at + RETURNED_WITHIN >= _withdrawal_now,
    ),
)
"""It waits for its code or an approver, for our own money, or for a return by the bank."""

_endpoint_now = func.market_now(WebhookEndpoint.id)
_to_be_sent = (
    exists()
    .where(
        Delivery.endpoint_id == WebhookEndpoint.id,
        Delivery.state == inline(DeliveryState.WAITING),
        Delivery.due_at <= _endpoint_now,
    )
    .correlate(WebhookEndpoint)
)
WEBHOOK_ENDPOINT: Final = or_(
    WebhookEndpoint.state != EndpointState.ENABLED, WebhookEndpoint.paused_until > _endpoint_now, not_(_to_be_sent)
)
"""Nothing is to be sent there now: only then may its workflow be missing."""
