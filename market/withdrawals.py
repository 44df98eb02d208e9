"""Withdrawals: money leaves a wallet for a bank account of its owner, once a mailed code has confirmed it.

Also the bank's answers: the hold is captured or freed, or the amount is booked back.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.codes import MAX_CODES
from domain.errors import Conflict, TooMany
from domain.keys import withdrawal_workflow
from domain.money import Money
from domain.withdrawals import LACKS_FUNDS, WithdrawalState, code_binding, may_confirm
from edge.sealing import Sealer
from market.actor import Actor
from market.acts import Outcome
from market.liquidity import lacks_funds
from market.signals import Signal
from market.starts import Start
from payloads.payment import BankAnswer
from payloads.withdrawal import WithdrawalOrder, WithdrawalView
from store import clock
from store.banks.accounts import account_of
from store.deals.deals import Deal
from store.mail.notices import seal_code
from store.payments import wrong_codes
from store.people.users import User, lock_person
from store.wallets import confirmation_codes as codes
from store.wallets import withdrawals as rows
from store.wallets.confirmation_codes import CodeRules, ConfirmationCode, Counted, Wait
from store.wallets.wallets import Wallet, wallet_of
from store.wallets.withdrawals import Withdrawal


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a code, named by its idempotency key."""

    withdrawal_id: UUID
    caller: str
    key: str

    @property
    def name(self) -> str:
        return f"{self.caller}/{self.key}"


async def begin(
    session: AsyncSession, actor: Actor, wallet_id: UUID, account_id: UUID, money: Money, sealer: Sealer, pepper: bytes
) -> Outcome[Withdrawal]:
    """Holds the money and mails the first code. Raises `NotFound` unknown_wallet, unknown_account, and as
    `begin_withdrawal`.
    """
    wallet = await wallet_of(session, actor.marketplace_id, wallet_id, owner=actor.user_id)
    account = await account_of(session, wallet.user_id, account_id)
    made = await rows.begin_withdrawal(session, wallet, account, money)
    await mail_code(session, sealer, pepper, made)
    return Outcome(made, made, (Signal(made, new=True),))


async def count_try(session: AsyncSession, actor: Actor, attempt: Try) -> None:
    """Counts a try of the code. Commit it before `confirm` compares anything.

    A repeat under the same key was already counted. Raises `NotFound` unknown_withdrawal, `TooMany`
    too_many_wrong_codes: then nothing was counted.
    """
    withdrawal = await rows.withdrawal_of(session, actor.marketplace_id, attempt.withdrawal_id, owner=actor.user_id)
    if await codes.was_counted(session, subject_of(withdrawal), attempt.name):
        return
    owner = await session.get_one(User, (await session.get_one(Wallet, withdrawal.wallet_id)).user_id)
    trying = wrong_codes.Trying(owner.marketplace_id, owner.id, withdrawal.account)
    await lock_person(session, owner.id)  # of any number of parallel tries no more than the limit are compared
    await wrong_codes.refuse_guessing(session, trying)
    counted = await codes.count_try(session, subject_of(withdrawal), attempt.name)
    if counted is not None:
        await wrong_codes.note(session, _try(withdrawal, counted), trying)  # until it has proved right


async def confirm(session: AsyncSession, actor: Actor, attempt: Try, code: str, pepper: bytes) -> Outcome[Withdrawal]:
    """Confirms with the normalised code of a counted try: the bank is then asked to pay.

    Wrong, expired and replaced codes, and those tried too often, have one answer. Raises `NotFound` unknown_withdrawal,
    `Conflict` code_rejected, withdrawal_ended.
    """
    withdrawal = await _locked(session, actor, attempt.withdrawal_id)
    now = await clock.now(session, withdrawal.id)
    may_confirm(WithdrawalState(withdrawal.state), now, withdrawal.expires_at)
    subject, binding = subject_of(withdrawal), _binding(withdrawal)
    right = await codes.redeem(session, subject, attempt.name, code, now, binding, pepper)
    if right is None:
        raise Conflict("code_rejected", "The code is wrong, too old, or was tried too often.", "code")
    await wrong_codes.forgive(session, _try(withdrawal, right))
    withdrawal.state, withdrawal.confirmed_at, withdrawal.redrives = WithdrawalState.PAYING, now, 0
    await session.flush()
    return Outcome(withdrawal, withdrawal, (Signal(withdrawal),))


async def send_code(
    session: AsyncSession, actor: Actor, withdrawal_id: UUID, sealer: Sealer, pepper: bytes
) -> Outcome[Withdrawal]:
    """Mails another code, which replaces the previous one. Raises `NotFound` unknown_withdrawal, and as `mail_code`."""
    withdrawal = await _locked(session, actor, withdrawal_id)
    await mail_code(session, sealer, pepper, withdrawal)
    return Outcome(withdrawal, withdrawal)


async def cancel(session: AsyncSession, actor: Actor, withdrawal_id: UUID) -> Outcome[Withdrawal]:
    """Frees the hold, before a code has confirmed it or while it waits for our money.

    Raises `NotFound` unknown_withdrawal, and as `store.wallets.withdrawals.cancel`.
    """
    withdrawal = await _locked(session, actor, withdrawal_id)
    await rows.cancel(session, withdrawal)
    return Outcome(withdrawal, withdrawal, (Signal(withdrawal),))


async def mail_code(session: AsyncSession, sealer: Sealer, pepper: bytes, withdrawal: Withdrawal) -> None:
    """Has a new code mailed to the owner of a locked withdrawal, which replaces the previous one.

    Raises `Conflict` withdrawal_ended, too_many_codes, `TooMany` code_too_soon.
    """
    now, subject = await clock.now(session, withdrawal.id), subject_of(withdrawal)
    may_confirm(WithdrawalState(withdrawal.state), now, withdrawal.expires_at)
    last = await codes.newest_code(session, subject)
    number = 1 if last is None else last.number + 1
    if number > MAX_CODES:
        raise Conflict("too_many_codes", f"A withdrawal gets at most {MAX_CODES} codes.")
    binding, rules = _binding(withdrawal), CodeRules(pepper)
    issued = await codes.issue(session, subject, number, binding, rules, now=now, until=withdrawal.expires_at)
    if isinstance(issued, Wait):
        raise TooMany("code_too_soon", "The last code was sent a moment ago.", issued.seconds)
    if issued.code is not None:
        sealed = seal_code(sealer, issued.code, withdrawal.wallet_id)
        await rows.notify_owner(session, withdrawal, "withdrawal_code", number=number, sealed=sealed)


async def newest_code(session: AsyncSession, withdrawal: Withdrawal) -> ConfirmationCode | None:
    return await codes.newest_code(session, subject_of(withdrawal))


def subject_of(withdrawal: Withdrawal) -> str:
    """The subject of its codes."""
    return withdrawal_workflow(str(withdrawal.id))


def _binding(withdrawal: Withdrawal) -> str:
    return code_binding(str(withdrawal.id), withdrawal.account, str(withdrawal.total))


def _try(withdrawal: Withdrawal, counted: Counted) -> str:
    return f"withdrawal/{withdrawal.id}/{counted.code_number}/{counted.number}"


async def resume(session: AsyncSession, withdrawal_id: UUID) -> Outcome[WithdrawalView]:
    """Resumes a withdrawal from its row, and ends it if it has expired.

    Without a code the hold is voided, without a return it is done; what waits for the platform's money is retried.
    """
    withdrawal = await rows.withdrawal_of(session, None, withdrawal_id, lock=True)
    if not rows.is_final(withdrawal):
        await rows.end_in_time(session, withdrawal)
    return await _seen(session, withdrawal)


async def record_payout(
    session: AsyncSession, withdrawal_id: UUID, number: int, answer: BankAnswer
) -> Outcome[WithdrawalView]:
    """Captures the hold once the bank has made the payout of this number; frees it after a refusal.

    When the bank refuses because the guarantee account there has too little, the money stays held and the payout is
    retried.
    """
    withdrawal = await rows.withdrawal_of(session, None, withdrawal_id, lock=True)
    if withdrawal.payout != number:
        pass  # recorded before
    elif answer.done:
        await rows.paid_out(session, withdrawal, answer.operation or "")
    elif answer.refused_code == LACKS_FUNDS:
        await lacks_funds(session, withdrawal)
    else:
        await rows.refused(session, withdrawal, answer.refused_code or "refused")
    return await _seen(session, withdrawal)


async def record_return(session: AsyncSession, withdrawal_id: UUID, *, returned: bool) -> Outcome[WithdrawalView]:
    """Books a return by the bank back; otherwise the withdrawal is done once the time for a return has passed."""
    if not returned:
        return await resume(session, withdrawal_id)
    withdrawal = await rows.withdrawal_of(session, None, withdrawal_id, lock=True)
    await rows.returned(session, withdrawal)
    return await _seen(session, withdrawal)


async def call_off(session: AsyncSession, withdrawal_id: UUID) -> Outcome[WithdrawalView]:
    """An operator cancels: before a bank is asked to pay, the hold is voided; later nothing changes."""
    withdrawal = await rows.withdrawal_of(session, None, withdrawal_id, lock=True)
    if withdrawal.state in (WithdrawalState.AWAITING_CODE, WithdrawalState.AWAITING_FUNDS):
        await rows.cancel(session, withdrawal)
    return await _seen(session, withdrawal)


async def _seen(session: AsyncSession, withdrawal: Withdrawal) -> Outcome[WithdrawalView]:
    view = WithdrawalView(
        withdrawal_id=str(withdrawal.id),
        state=withdrawal.state,
        wait_s=await rows.seconds_left(session, withdrawal),
        final=rows.is_final(withdrawal),
        flagged=withdrawal.flagged_at is not None,
        payout=withdrawal.payout,
    )
    return Outcome(view, withdrawal)


async def _locked(session: AsyncSession, actor: Actor, withdrawal_id: UUID) -> Withdrawal:
    return await rows.withdrawal_of(session, actor.marketplace_id, withdrawal_id, owner=actor.user_id, lock=True)


def start(_: str, deal: Deal | None, withdrawal: Withdrawal) -> Start:
    """How a withdrawal's workflow starts (`market/nouns.py`)."""
    order = WithdrawalOrder(
        withdrawal_id=str(withdrawal.id),
        wallet_id=str(withdrawal.wallet_id),
        bank_id=withdrawal.bank_id,
        currency=withdrawal.currency,
        amount=str(withdrawal.amount),
        fee=str(withdrawal.fee),
    )
    return Start(
        order,
        f"{order.amount} and a fee of {order.fee}, to an account at bank {order.bank_id}",
        f"- wallet `{order.wallet_id}`",
        {"Currency": order.currency},
    )
