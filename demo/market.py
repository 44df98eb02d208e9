"""The market as a marketplace's back end calls it, with the typed client: one key per intention, and retries."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

import httpx
from holdfast_client import AuthenticatedClient
from holdfast_client.api.codes import submit_code
from holdfast_client.api.deals import (
    accept_deal,
    cancel_deal,
    confirm_deal,
    create_deal,
    extend_deadline,
    get_deal,
    propose_deal,
    quote_payment,
)
from holdfast_client.api.offers import create_offer, moderate_offer
from holdfast_client.api.payments import cancel_payment, create_payment, get_payment
from holdfast_client.api.refunds import create_refund, get_refund
from holdfast_client.api.wallets import get_wallet, list_user_wallets
from holdfast_client.models.cancellation_in import CancellationIn
from holdfast_client.models.code_in import CodeIn
from holdfast_client.models.deal_in import DealIn
from holdfast_client.models.deal_now_out import DealNowOut
from holdfast_client.models.empty import Empty
from holdfast_client.models.extension_in import ExtensionIn
from holdfast_client.models.moderation_in import ModerationIn
from holdfast_client.models.money_in import MoneyIn
from holdfast_client.models.offer_in import OfferIn
from holdfast_client.models.operator_deal_out import OperatorDealOut
from holdfast_client.models.operator_payment_out import OperatorPaymentOut
from holdfast_client.models.operator_refund_out import OperatorRefundOut
from holdfast_client.models.party_in import PartyIn
from holdfast_client.models.payment_in import PaymentIn
from holdfast_client.models.payment_out import PaymentOut
from holdfast_client.models.problem import Problem
from holdfast_client.models.quote_out import QuoteOut
from holdfast_client.models.refund_in import RefundIn
from holdfast_client.models.refund_in_cause import RefundInCause
from holdfast_client.models.refund_out import RefundOut
from holdfast_client.models.service_deal_in import ServiceDealIn
from holdfast_client.models.submit_code_late_problem import SubmitCodeLateProblem
from holdfast_client.models.submitted_out import SubmittedOut
from holdfast_client.models.wallet_out import WalletOut
from holdfast_client.types import Response

TIMEOUT_S: Final = 30.0
MAX_TRIES: Final = 8
FIRST_PAUSE_S: Final = 0.1  # doubled after each try: about 25 s in all, longer than a restart of the API
POLL_S: Final = 0.1
LONGEST_POLL_S: Final = 1.0  # longer waits poll less often

T = TypeVar("T")
Row = TypeVar("Row", DealNowOut | OperatorDealOut, PaymentOut | OperatorPaymentOut, OperatorRefundOut | RefundOut)
Ask = Callable[..., Awaitable[Response[T | Problem]]]
"""An operation of the client, its `asyncio_detailed`."""

Deal = DealNowOut | OperatorDealOut
Payment = PaymentOut | OperatorPaymentOut
Refund = OperatorRefundOut | RefundOut


class Refused(Exception):
    """A refusal by the market; `code` is stable, `status` is HTTP's."""

    def __init__(self, problem: Problem | SubmitCodeLateProblem) -> None:
        self.status = problem.status
        self.code = str(problem.code)
        super().__init__(f"{problem.status} {problem.code}: {problem.detail} (request {problem.request_id})")


class NotReached(Exception):
    """The expected state was not reached in time; the message gives the actual one."""


class Market:
    """Calls the market at `base_url` (scheme, host, port) with the API key of a marketplace or of an operator."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._api_key = api_key
        self._client = AuthenticatedClient(
            base_url, api_key, timeout=httpx.Timeout(TIMEOUT_S), httpx_args={"trust_env": False}
        )

    def at(self, base_url: str) -> Market:
        """The same caller at another program of the API."""
        return Market(base_url, self._api_key)

    async def aclose(self) -> None:
        await self._client.get_async_httpx_client().aclose()

    # --- any request

    async def read(self, ask: Ask[T], *ids: str, **query: Any) -> T:
        """A GET, repeated until the market answers; `ids` are those of its path. Raises `Refused`."""
        return await _patiently(partial(ask, *map(UUID, ids), client=self._client, **query))

    async def make(self, ask: Ask[T], *ids: str, body: object, key: str | None = None) -> T:
        """A write, repeated under the same key, a fresh one or `key`, until the market answers. Raises `Refused`."""
        key = key or secrets.token_urlsafe(16)
        return await _patiently(partial(ask, *map(UUID, ids), client=self._client, body=body, idempotency_key=key))

    # --- nouns

    async def approved_offer(
        self,
        operator: Market,
        seller_id: str,
        price: str,
        title: str,
        pay_within_s: int,
        *,
        quantity: int = 1,
        commission_percent: str | None = None,
    ) -> str:
        """The id of an offer that an operator has approved, with its own commission or that of the platform."""
        body = OfferIn(UUID(seller_id), title, "", MoneyIn(price, "RUB"), pay_within_s, quantity)
        offer = await self.make(create_offer.asyncio_detailed, body=body)
        approval = ModerationIn(approve=True, commission_percent=commission_percent)
        await operator.make(moderate_offer.asyncio_detailed, offer.id, body=approval)
        return offer.id

    async def buy(self, offer_id: str, buyer_id: str) -> DealNowOut:
        return await self.make(create_deal.asyncio_detailed, body=DealIn(UUID(offer_id), UUID(buyer_id)))

    async def propose(
        self, buyer_id: str, seller_id: str, price: str, currency: str = "RUB", *, title: str
    ) -> DealNowOut:
        """A service deal of the buyer for the seller to answer."""
        body = ServiceDealIn(
            buyer_id=UUID(buyer_id),
            seller_id=UUID(seller_id),
            title=title,
            description="As discussed",
            price=MoneyIn(price, currency),
        )
        return await self.make(propose_deal.asyncio_detailed, body=body)

    async def confirm(self, deal_id: str, seller_id: str) -> DealNowOut:
        return await self.make(confirm_deal.asyncio_detailed, deal_id, body=PartyIn(UUID(seller_id)))

    async def accept(self, deal_id: str, buyer_id: str) -> DealNowOut:
        return await self.make(accept_deal.asyncio_detailed, deal_id, body=PartyIn(UUID(buyer_id)))

    async def cancel_deal(self, deal_id: str, user_id: str, reason: str) -> DealNowOut:
        """On behalf of a party. The deal ends when the other party asks too, or at once before any money was paid."""
        body = CancellationIn(user_id=UUID(user_id), reason=reason)
        return await self.make(cancel_deal.asyncio_detailed, deal_id, body=body)

    async def extend(self, deal_id: str, user_id: str, pay_by: datetime) -> DealNowOut:
        """On behalf of a party. The deadline changes when the other party asks for the same."""
        body = ExtensionIn(user_id=UUID(user_id), pay_by=pay_by)
        return await self.make(extend_deadline.asyncio_detailed, deal_id, body=body)

    async def deal(self, deal_id: str) -> Deal:
        return await self.read(get_deal.asyncio_detailed, deal_id)

    async def quote(self, deal_id: str, account_id: str, amount: str | None = None) -> QuoteOut:
        query = {"account_id": UUID(account_id)} | ({} if amount is None else {"amount": amount})
        return await self.read(quote_payment.asyncio_detailed, deal_id, **query)

    async def pay(self, deal_id: str, account_id: str, amount: str | None = None) -> PaymentOut:
        """Pays `amount` in roubles, or the whole rest."""
        body = PaymentIn(account_id=UUID(account_id), amount=None if amount is None else MoneyIn(amount, "RUB"))
        return await self.make(create_payment.asyncio_detailed, deal_id, body=body)

    async def payment(self, payment_id: str) -> Payment:
        return await self.read(get_payment.asyncio_detailed, payment_id)

    async def submit(self, payment_id: str, code: str) -> None:
        _: SubmittedOut | SubmitCodeLateProblem = await self.make(
            submit_code.asyncio_detailed, payment_id, body=CodeIn(code)
        )

    async def cancel(self, payment_id: str) -> None:
        await self.make(cancel_payment.asyncio_detailed, payment_id, body=Empty())

    async def refund_by_seller(self, deal_id: str, amount: str, seller_id: str) -> Refund:
        """A refund of an amount in roubles by the seller."""
        body = RefundIn(
            cause=RefundInCause.SELLER, reason="As agreed", amount=MoneyIn(amount, "RUB"), user_id=UUID(seller_id)
        )
        return await self.make(create_refund.asyncio_detailed, deal_id, body=body)

    async def refund(self, refund_id: str) -> Refund:
        return await self.read(get_refund.asyncio_detailed, refund_id)

    async def wallet(self, user_id: str, currency: str = "RUB") -> WalletOut:
        """The user's wallet in the currency, with its balance now."""
        found = await self.read(list_user_wallets.asyncio_detailed, user_id)
        [wallet] = [one for one in found.items if one.currency == currency]
        return await self.read(get_wallet.asyncio_detailed, wallet.wallet_id)

    # --- waiting

    async def until_deal(self, deal_id: str, *states: str, within_s: float = 60.0) -> Deal:
        """Waits until the deal is in one of `states`. Raises `NotReached`."""
        return await self._until(f"deal {deal_id}", lambda: self.deal(deal_id), states, within_s)

    async def until_payment(self, payment_id: str, *states: str, within_s: float = 60.0) -> Payment:
        """Waits until the payment is in one of `states`. Raises `NotReached`."""
        return await self._until(f"payment {payment_id}", lambda: self.payment(payment_id), states, within_s)

    async def until_refund(self, refund_id: str, *states: str, within_s: float = 60.0) -> Refund:
        """Waits until the refund is in one of `states`. Raises `NotReached`."""
        return await self._until(f"refund {refund_id}", lambda: self.refund(refund_id), states, within_s)

    async def _until(
        self, what: str, look: Callable[[], Awaitable[Row]], states: tuple[str, ...], within_s: float
    ) -> Row:
        give_up = time.monotonic() + within_s
        pause_s = POLL_S
        while True:
            found = await look()
            if found.state in states:
                return found
            if time.monotonic() > give_up:
                raise NotReached(f"{what} is {found.state} after {within_s:g} s, not {' or '.join(states)}")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, LONGEST_POLL_S)


async def _patiently(send: Callable[[], Awaitable[Response[T | Problem]]]) -> T:
    for number in range(1, MAX_TRIES + 1):
        try:
            reply = await send()
        except httpx.TransportError:
            if number == MAX_TRIES:
                raise
        else:
            if not _may_come(reply) or number == MAX_TRIES:
                return _answer(reply)
        await asyncio.sleep(FIRST_PAUSE_S * 2 ** (number - 1))
    raise AssertionError("unreachable")


def _answer(reply: Response[T | Problem]) -> T:
    if isinstance(reply.parsed, Problem | SubmitCodeLateProblem):
        raise Refused(reply.parsed)
    assert reply.parsed is not None, f"{reply.status_code}, which the document does not have: {reply.content!r}"
    return reply.parsed


def _may_come(reply: Response[T | Problem]) -> bool:
    """Whether repeating the request under the same key may get a different answer later."""
    problem = reply.parsed
    return reply.status_code >= 500 or (isinstance(problem, Problem) and problem.code == "request_in_progress")
