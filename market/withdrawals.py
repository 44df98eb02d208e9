"""Withdrawals: money leaves a wallet for a bank account of its owner, once a mailed code has confirmed it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.money import Money
from edge.sealing import Sealer
from market.actor import Actor
from market.acts import Outcome
from market.signals import WalletSignal
from store import withdrawal_codes as codes
from store import withdrawals as rows
from store.accounts import account_of
from store.wallets import wallet_of
from store.withdrawals import Withdrawal


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a code: whose idempotency key names it."""

    withdrawal_id: UUID
    caller: str
    key: str


async def begin(
    session: AsyncSession, actor: Actor, wallet_id: UUID, account_id: UUID, money: Money, sealer: Sealer, pepper: bytes
) -> Outcome[Withdrawal]:
    """Holds the money and mails the first code. Raises `NotFound` unknown_wallet, unknown_account, and as
    `begin_withdrawal`.
    """
    wallet = await wallet_of(session, actor.marketplace_id, wallet_id, owner=actor.user_id)
    account = await account_of(session, wallet.user_id, account_id)
    made = await rows.begin_withdrawal(session, wallet, account, money)
    await codes.mail_code(session, sealer, pepper, made)
    return Outcome(made, made, (WalletSignal(made),))


async def count_try(session: AsyncSession, actor: Actor, attempt: Try) -> None:
    """Counts a try of the code; to be committed before `confirm` compares anything.

    Raises `NotFound` unknown_withdrawal, `Conflict` withdrawal_ended, `TooMany` too_many_wrong_codes.
    """
    found = await rows.withdrawal_of(session, actor.marketplace_id, attempt.withdrawal_id, owner=actor.user_id)
    await codes.count_try(session, found, attempt.caller, attempt.key)


async def confirm(session: AsyncSession, actor: Actor, attempt: Try, code: str, pepper: bytes) -> Outcome[Withdrawal]:
    """Confirms with the normalised code of a try that was counted: the bank is asked to pay.

    Raises `NotFound` unknown_withdrawal, `Conflict` code_rejected, withdrawal_ended.
    """
    withdrawal = await _locked(session, actor, attempt.withdrawal_id)
    await codes.confirm(session, pepper, withdrawal, attempt.caller, attempt.key, code)
    return Outcome(withdrawal, withdrawal, (WalletSignal(withdrawal),))


async def send_code(
    session: AsyncSession, actor: Actor, withdrawal_id: UUID, sealer: Sealer, pepper: bytes
) -> Outcome[Withdrawal]:
    """Mails another code; the one before dies. Raises `NotFound` unknown_withdrawal, and as `mail_code`."""
    withdrawal = await _locked(session, actor, withdrawal_id)
    await codes.mail_code(session, sealer, pepper, withdrawal)
    return Outcome(withdrawal, withdrawal)


async def cancel(session: AsyncSession, actor: Actor, withdrawal_id: UUID) -> Outcome[Withdrawal]:
    """Frees what is held, before a code has confirmed it or while it waits for our money.

    Raises `NotFound` unknown_withdrawal, and as `store.withdrawals.cancel`.
    """
    withdrawal = await _locked(session, actor, withdrawal_id)
    await rows.cancel(session, withdrawal)
    return Outcome(withdrawal, withdrawal, (WalletSignal(withdrawal),))


async def _locked(session: AsyncSession, actor: Actor, withdrawal_id: UUID) -> Withdrawal:
    return await rows.withdrawal_of(session, actor.marketplace_id, withdrawal_id, owner=actor.user_id, lock=True)
