"""Rings at workflows after a commit, beside the answer: nobody waits for Temporal."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import structlog

from store.deals import Deal
from store.payment_requests import PaymentRequest
from store.payments import Payment
from store.refunds import Refund
from store.repairs import Repair
from store.withdrawals import Withdrawal

log = structlog.get_logger()

# More rings than this under way at once mean that Temporal is away. The sweep rings at the rest when it is back.
MAX_UNDER_WAY: Final = 1000
DRAIN_WITHIN_S: Final = 5.0


class Bells(Protocol):
    """What rings at workflows; `sagas.Sagas` in the product. False: not reached, the sweep will do it."""

    async def wake_deal(self, deal: Deal) -> bool: ...

    async def wake_payment(self, deal: Deal, payment: Payment) -> bool: ...

    async def wake_refund(self, deal: Deal, refund: Refund) -> bool: ...

    async def wake_repair(self, deal: Deal, repair: Repair) -> bool: ...

    async def wake_payment_request(self, request: PaymentRequest) -> bool: ...

    async def wake_withdrawal(self, withdrawal: Withdrawal) -> bool: ...

    async def ask_again(self, payment_id: UUID, refund_id: UUID | None = None) -> bool: ...

    async def ask_again_about_withdrawal(self, withdrawal: Withdrawal) -> bool: ...

    async def ready(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Ring:
    """Whom to ring at: the payment, the refund, the repair, or the deal itself when there is none of them."""

    deal: Deal
    payment: Payment | None = None
    refund: Refund | None = None
    repair: Repair | None = None


@dataclass(frozen=True, slots=True)
class WalletRing:
    """Whom to ring at: a request for payment or a withdrawal. `ask`: the bank has news about it."""

    about: PaymentRequest | Withdrawal
    ask: bool = False


class Nudges:
    def __init__(self, bells: Bells) -> None:
        self._bells = bells
        self._under_way: set[asyncio.Task[None]] = set()

    def ring(self, ring: Ring | WalletRing) -> None:
        """Rings beside whatever else happens, and returns at once. What is to be seen must be committed before."""
        if not self._begin(self._ring(ring)):
            log.warning("ring_left_to_sweep", row=str(ring.deal.id if isinstance(ring, Ring) else ring.about.id))

    def ask_again(self, payment_id: UUID, refund_id: UUID | None = None) -> None:
        """Has a payment, or a refund of it, ask its bank now, if it waits to; returns at once.

        What is lost is asked within a minute.
        """
        if not self._begin(self._ask_again(payment_id, refund_id)):
            log.warning("asking_left_to_time", payment=str(payment_id))

    def _begin(self, ring: Coroutine[Any, Any, None]) -> bool:
        if len(self._under_way) >= MAX_UNDER_WAY:
            ring.close()
            return False
        task = asyncio.create_task(ring)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return True

    async def drain(self) -> None:
        """Waits for the rings under way, at most `DRAIN_WITHIN_S`; for the end of the program."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=DRAIN_WITHIN_S)
        for task in self._under_way:
            task.cancel()

    async def _ask_again(self, payment_id: UUID, refund_id: UUID | None) -> None:
        await self._bells.ask_again(payment_id, refund_id)

    async def _ring(self, ring: Ring | WalletRing) -> None:
        if isinstance(ring, WalletRing):
            await self._ring_at_wallet(ring)
        elif ring.payment is not None:
            await self._bells.wake_payment(ring.deal, ring.payment)
        elif ring.refund is not None:
            await self._bells.wake_refund(ring.deal, ring.refund)
        elif ring.repair is not None:
            await self._bells.wake_repair(ring.deal, ring.repair)
        else:
            await self._bells.wake_deal(ring.deal)

    async def _ring_at_wallet(self, ring: WalletRing) -> None:
        if isinstance(ring.about, PaymentRequest):
            await self._bells.wake_payment_request(ring.about)
        elif ring.ask:
            await self._bells.ask_again_about_withdrawal(ring.about)
        else:
            await self._bells.wake_withdrawal(ring.about)
