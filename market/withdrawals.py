"""Withdrawals: money leaves a wallet for a bank account of its owner or an address, once a code has confirmed it.

The answers of bank and chain are in `market/withdrawal_steps.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.codes import MAX_CODES
from domain.errors import Conflict, TooMany, Unavailable
from domain.gateways import GatewayId
from domain.keys import withdrawal_workflow
from domain.money import Money
from domain.withdrawals import (
    AddressTerms,
    WithdrawalState,
    code_binding,
    may_confirm,
    may_go_to_address,
)
from edge.sealing import Sealer
from market.actor import Actor
from market.acts import Outcome
from market.signals import Signal
from market.starts import Start, of_money
from payloads.withdrawal import WithdrawalOrder
from store import clock
from store.banks.accounts import account_of
from store.chain.accounts import chain_accounts
from store.chain.addresses import known_addresses
from store.deals.deals import Deal
from store.mail.notices import seal_code
from store.payments import wrong_codes
from store.people.operators import operator_of
from store.people.users import User, lock_person
from store.wallets import confirmation_codes as codes
from store.wallets import withdrawal_begins as begins
from store.wallets import withdrawals as rows
from store.wallets.confirmation_codes import CodeRules, ConfirmationCode, Counted, Wait
from store.wallets.wallets import Wallet, wallet_of
from store.wallets.withdrawals import Withdrawal
from tron.addresses import is_address

AGAIN_AFTER_S: Final = 60  # the worker asks the signer for the platform's addresses every minute


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
    made = await begins.begin_withdrawal(session, wallet, account, money)
    await mail_code(session, sealer, pepper, made)
    return Outcome(made, made, (Signal(made, new=True),))


async def begin_to_address(
    session: AsyncSession,
    actor: Actor,
    wallet_id: UUID,
    address: str,
    money: Money,
    terms: AddressTerms | None,
    sealer: Sealer,
    pepper: bytes,
) -> Outcome[Withdrawal]:
    """As `begin`, to an address on TRON; without `terms` the market has nothing to do with TRON.

    Raises `NotFound` unknown_wallet, `Unavailable` gateway_unavailable, and as `may_go_to_address` and
    `begin_withdrawal`.
    """
    wallet = await wallet_of(session, actor.marketplace_id, wallet_id, owner=actor.user_id)
    accounts = {account.address for account in await chain_accounts(session)}
    if terms is None or not accounts:
        raise Unavailable("gateway_unavailable", "Nothing can be sent to an address now.", AGAIN_AFTER_S)
    own = address in accounts | {terms.contract} or bool(await known_addresses(session, [address]))
    may_go_to_address(money, terms, valid=is_address(address), own=own)
    made = await begins.begin_to_address(session, wallet, GatewayId.USDT_TRON, address, money, terms)
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
    """Confirms with the normalised code of a counted try: then it is paid, or waits for an approver.

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
    next_ = WithdrawalState.AWAITING_APPROVAL if withdrawal.needs_approval else WithdrawalState.PAYING
    withdrawal.state, withdrawal.confirmed_at, withdrawal.redrives = next_, now, 0
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


async def decide(
    session: AsyncSession, operator_id: UUID, withdrawal_id: UUID, *, approve: bool
) -> Outcome[Withdrawal]:
    """The second person's decision about a large amount to an address; a rejection frees the hold.

    Raises `NotFound` unknown_withdrawal, and as `domain.withdrawals.may_decide`.
    """
    withdrawal = await rows.withdrawal_of(session, None, withdrawal_id, lock=True)
    await rows.decide(session, withdrawal, await operator_of(session, operator_id), approve=approve)
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


async def _locked(session: AsyncSession, actor: Actor, withdrawal_id: UUID) -> Withdrawal:
    return await rows.withdrawal_of(session, actor.marketplace_id, withdrawal_id, owner=actor.user_id, lock=True)


def start(_: str, deal: Deal | None, withdrawal: Withdrawal) -> Start:
    """How a withdrawal's workflow starts (`market/nouns.py`)."""
    order = WithdrawalOrder(
        withdrawal_id=str(withdrawal.id),
        wallet_id=str(withdrawal.wallet_id),
        bank_id=withdrawal.bank_id or 0,
        currency=withdrawal.currency,
        amount=str(withdrawal.amount),
        fee=str(withdrawal.fee),
        gateway=withdrawal.gateway,
    )
    where = f"an account at bank {order.bank_id}" if withdrawal.gateway is None else "an address on TRON"
    return Start(
        order,
        f"{order.amount} and a fee of {order.fee}, to {where}",
        f"- wallet `{order.wallet_id}`",
        {
            **of_money(withdrawal.amount, withdrawal.bank_id, flagged=withdrawal.flagged_at is not None),
            "WithdrawalState": withdrawal.state,
        },
    )
