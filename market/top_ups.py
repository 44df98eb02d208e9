"""Top-ups: a user orders money to come into a wallet by a gateway. What arrives decides the state, whenever it is read.

With a deal the buyer lets it take what is left to pay from the wallet, without a code, as soon as the wallet has it
(decision 62): the money counts from when it was paid.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.deals import OPEN, DealState
from domain.errors import Conflict
from domain.gateways import GATEWAYS, Gateway, GatewayData, GatewayId, within_limits
from domain.money import Money
from domain.top_ups import FINAL, TopUpState, ask_again_s, in_time, may_begin, may_fail, outcome, time_to_pay
from market.actor import Actor, lock_visible_deal
from market.acts import Outcome
from market.parties import signals_about
from market.signals import Signal
from market.starts import Start, link_to_deal, of_money, readable
from market.verdicts import assess
from payloads.top_up import TopUpOrder, TopUpView
from store import clock
from store.chain.cursors import known_until
from store.chain.incoming_transfers import IncomingTransfer
from store.deals.deals import Deal, deal_of
from store.mail.notices import WalletNotice, put_wallet_notices
from store.people.users import lock_person
from store.wallets import top_ups as rows
from store.wallets.funding import first_waiting
from store.wallets.top_ups import TopUp
from store.wallets.wallets import Wallet, wallet_of

_JUST_AFTER = timedelta(microseconds=1)


class Prepares(Protocol):
    """The part of a gateway's adapter that beginning needs (`rails/gateways/gateway.py`)."""

    @property
    def rules(self) -> Gateway: ...

    async def prepare(self, session: AsyncSession, top_up: TopUp) -> GatewayData: ...


async def begin(
    session: AsyncSession,
    actor: Actor,
    wallet_id: UUID,
    gateway: Prepares,
    money: Money,
    pay_by: datetime | None,
    deal_id: UUID | None,
) -> Outcome[tuple[TopUp, GatewayData]]:
    """Orders `money` to come into a wallet; the gateway says how to pay it.

    Raises `NotFound` unknown_wallet, unknown_deal, `Conflict` wrong_currency, below_minimum, above_maximum,
    too_many_top_ups, not_the_buyer, deal_closed, deadline_passed, `Malformed` bad_pay_by, `Unavailable`
    gateway_unavailable.
    """
    wallet = await wallet_of(session, actor.marketplace_id, wallet_id, "wallet_id", owner=actor.user_id)
    within_limits(gateway.rules, money)
    if money.currency != wallet.currency:
        raise Conflict("wrong_currency", "The amount is not in the currency of the wallet.", "amount.currency")
    deal, signals = None, tuple[Signal, ...]()
    if deal_id is not None:
        deal = await lock_visible_deal(session, actor, deal_id)
    await lock_person(session, wallet.user_id)
    may_begin(await rows.count_open(session, wallet.user_id))
    if deal is not None:
        signals = await _give_leave(session, deal, wallet)
    now = await clock.now(session, wallet.id if deal is None else deal.id)
    until = time_to_pay(gateway.rules, now, pay_by, None if deal is None else deal.pay_by)
    top_up = TopUp(
        wallet_id=wallet.id,
        gateway=gateway.rules.id,
        amount_minor=money.minor,
        currency=money.currency,
        pay_by=until,
        deal_id=deal_id,
        state=TopUpState.WAITING,
    )
    session.add(top_up)
    await session.flush()
    data = await gateway.prepare(session, top_up)
    return Outcome((top_up, data), top_up, (Signal(top_up, new=True), *signals))


async def _give_leave(session: AsyncSession, deal: Deal, wallet: Wallet) -> tuple[Signal, ...]:
    """The buyer lets a locked deal take what is left to pay from the wallet, now and whenever money comes into it."""
    if wallet.user_id != deal.buyer_id:
        raise Conflict("not_the_buyer", "Only the buyer's wallet can pay the deal.", "deal_id")
    if wallet.currency != deal.currency:
        raise Conflict("wrong_currency", "The deal is in another currency.", "deal_id")
    if deal.state not in (*OPEN, DealState.PROPOSED):
        raise Conflict("deal_closed", "The deal takes no more payments.", "deal_id")
    if await clock.now(session, deal.id) > deal.pay_by:
        raise Conflict("deadline_passed", "The time to pay is over.", "deal_id")
    deal.from_wallet = True
    if deal.state == DealState.PROPOSED:
        return ()
    return signals_about(deal, await assess(session, deal))


async def resume(session: AsyncSession, top_up_id: UUID) -> Outcome[TopUpView]:
    """Resumes a top-up from its row, and ends it once its gateway has read all that may have come in time.

    Then deals that waited for it are signalled.
    """
    top_up = await rows.top_up_of(session, None, top_up_id, lock=True)
    was_open = not rows.is_final(top_up)
    if was_open:
        await settle(session, [top_up])
    now = await clock.now(session, top_up.id)
    final = rows.is_final(top_up)
    view = TopUpView(
        top_up_id=str(top_up.id),
        state=top_up.state,
        wait_s=0.0 if final else ask_again_s(now, top_up.pay_by),
        final=final,
        ended=not final and now > top_up.pay_by,
        received=str(top_up.received) if top_up.received_minor else "",
        late=str(top_up.late) if top_up.late_minor else "",
        seen=str(top_up.seen) if top_up.seen_minor else "",
    )
    signals = await _those_who_waited(session, top_up) if was_open and final else ()
    return Outcome(view, top_up, signals)


async def fail(session: AsyncSession, operator_id: UUID, top_up_id: UUID, reason: str) -> Outcome[TopUp]:
    """An operator ends an open top-up. What still comes for it is credited.

    Raises `NotFound` unknown_top_up, `Conflict` top_up_ended.
    """
    top_up = await rows.top_up_of(session, None, top_up_id, lock=True)
    may_fail(TopUpState(top_up.state))
    now = await clock.now(session, top_up.id)
    top_up.failed_reason, top_up.failed_by = reason, operator_id
    _move(top_up, TopUpState.FAILED, now)
    await session.flush()
    await put_wallet_notices(session, [_news(top_up, "top_up_failed", {"details": reason})])
    return Outcome(top_up, top_up, (Signal(top_up), *await _those_who_waited(session, top_up)))


async def arrived(session: AsyncSession, top_ups: Mapping[UUID, TopUp], credited: Collection[IncomingTransfer]) -> None:
    """Adds what was credited in this transaction to locked top-ups, by value time, and moves their states."""
    for transfer in credited:
        if transfer.top_up_id is None:
            continue
        top_up = top_ups[transfer.top_up_id]
        if in_time(transfer.valued_at, top_up.pay_by):
            top_up.received_minor += transfer.amount_minor
        else:
            top_up.late_minor += transfer.amount_minor
        top_up.seen_minor = max(0, top_up.seen_minor - transfer.amount_minor)
        top_up.redrives = 0
    await settle(session, top_ups.values())
    news = [_credit(top_ups[one.top_up_id], one) for one in credited if one.top_up_id is not None]
    await put_wallet_notices(session, [one for one in news if one is not None])


async def settle(session: AsyncSession, top_ups: Collection[TopUp]) -> None:
    """Moves locked top-ups to the states that their rows call for; one that an operator has ended stays ended."""
    going_on = [one for one in top_ups if one.state != TopUpState.FAILED]
    if not going_on:
        await session.flush()
        return
    around = await rows.circumstances(session, {one.id for one in going_on})
    known = {name: await known_until(session, name) for name in {one.gateway for one in going_on}}
    news: list[WalletNotice] = []
    for top_up in sorted(going_on, key=lambda one: one.id):
        now, held_back = around[top_up.id]
        until, ended = known[top_up.gateway], rows.is_final(top_up)
        state = outcome(
            top_up.amount_minor,
            top_up.received_minor,
            top_up.late_minor,
            top_up.seen_minor,
            top_up.pay_by,
            max(now, top_up.pay_by + _JUST_AFTER) if ended else now,
            cursor_passed=ended or (until is not None and until >= top_up.pay_by),
            held_back=0 if ended else held_back,
        )
        if state == top_up.state:
            continue
        _move(top_up, state, now)
        if state in (TopUpState.UNDERPAID, TopUpState.EXPIRED) and not ended:
            paid = {"amount": str(top_up.received)} if top_up.received_minor else {}
            news.append(_news(top_up, f"top_up_{state}", paid))
    await session.flush()
    await put_wallet_notices(session, news)


def _move(top_up: TopUp, state: TopUpState, now: datetime) -> None:
    top_up.state = state
    if state in FINAL and top_up.final_at is None:
        top_up.final_at = now


async def _those_who_waited(session: AsyncSession, top_up: TopUp) -> tuple[Signal, ...]:
    """The open deals that may have waited for it: the one that it names, and the first that waits on its wallet."""
    wallet = await session.get_one(Wallet, top_up.wallet_id)
    ids = {top_up.deal_id, await first_waiting(session, wallet.account_id)} - {None}
    deals = [await deal_of(session, None, deal_id) for deal_id in sorted(ids, key=str) if deal_id is not None]
    return tuple(Signal(deal) for deal in deals if deal.final_at is None)


def _credit(top_up: TopUp, transfer: IncomingTransfer) -> WalletNotice | None:
    """The mail about one credit. Dust is only shown: anybody can send it to an address, as often as they like."""
    limits = GATEWAYS[GatewayId(top_up.gateway)].limits_in(top_up.currency)
    in_full = top_up.state in (TopUpState.CREDITED, TopUpState.OVERPAID)
    if limits is not None and transfer.amount < limits.minimum and not in_full:
        return None
    kind = "top_up_received" if in_time(transfer.valued_at, top_up.pay_by) else "top_up_late"
    return _news(top_up, kind, {"amount": str(transfer.amount)}, f"/{transfer.id}")


def _news(top_up: TopUp, kind: str, facts: Mapping[str, str], which: str = "") -> WalletNotice:
    ordered = str(top_up.amount)
    data = {"amount": ordered, "total": ordered, "until": top_up.pay_by.isoformat(), "top_up_id": str(top_up.id)}
    return WalletNotice(top_up.wallet_id, kind, f"top-up/{top_up.id}{which}", {**data, **facts})


def start(namespace: str, deal: Deal | None, top_up: TopUp) -> Start:
    """How a top-up's workflow starts (`market/nouns.py`)."""
    order = TopUpOrder(
        top_up_id=str(top_up.id),
        wallet_id=str(top_up.wallet_id),
        gateway=top_up.gateway,
        currency=top_up.currency,
        amount=str(top_up.amount),
        pay_by=top_up.pay_by.isoformat(),
        deal_id=None if top_up.deal_id is None else str(top_up.deal_id),
        fresh=top_up.state == TopUpState.WAITING,
    )
    details = [f"- wallet `{order.wallet_id}`"]
    attributes = of_money(top_up.amount, flagged=top_up.flagged_at is not None)
    attributes |= {"PayBy": top_up.pay_by, "TopUpState": top_up.state}
    if order.deal_id is not None:
        details.append(f"- for {link_to_deal(namespace, order.deal_id)}")
        attributes["DealId"] = order.deal_id
    summary = f"{order.amount} by {order.gateway}, to be paid by {readable(top_up.pay_by)}"
    return Start(order, summary, "\n".join(details), attributes)
