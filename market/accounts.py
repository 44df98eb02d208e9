"""Bank accounts of users: the bank is asked whether an account exists, and its owner confirms it with a code.

No money moves here, so the bank is asked at once and not by a workflow: without an answer the user asks again.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bank.banks import Banks
from bank.client import Answer, BankClient, Call, CodeSent, Done, Refused, Unknown
from bank.ownership import KnownAccount, ask_owner, confirm_ownership
from domain.errors import Conflict, Malformed, Refusal, TooMany, Unavailable
from edge.database import Database
from market.actor import Actor, only_oneself
from market.acts import Outcome
from market.signals import Signal
from store.banks import accounts
from store.banks.accounts import Account, account_of, add_account, bank_id_of, confirm_account
from store.payments import wrong_codes
from store.payments.payables import owed_payments
from store.people.users import User, lock_person, user_of

T = TypeVar("T")

RETRY_AFTER_S: Final = 5
# The answer to the first of two equal calls, in a moment.
_LOOKS: Final = 30
_LOOK_EVERY_S: Final = 0.1
_IN_PROGRESS: Final = "request_in_progress"
_WAIT: Final = {
    "code_too_soon": "The last code was sent a moment ago, or the owner got three within the hour.",
    "too_many_codes_sent": "The owner of the account was sent too many codes lately.",
    "too_many_wrong_codes": "Too many codes about this account were wrong lately.",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A user's claim to own an account; `key` is that of the request by `caller`."""

    marketplace_id: UUID
    user_id: UUID
    account_id: UUID
    caller: str
    key: str

    def named(self, what: str) -> str:
        """The key under which the bank answers, the same for every repeat of this request."""
        digest = hashlib.sha256(f"{self.caller}\0{self.key}".encode()).hexdigest()
        return f"account/{self.account_id}/{what}/{digest[:32]}"

    async def account(self, session: AsyncSession, *, lock: bool = False) -> tuple[User, Account]:
        user = await user_of(session, self.marketplace_id, self.user_id, lock=lock)
        return user, await account_of(session, user.id, self.account_id)


async def look_up(banks: Banks, number: str) -> Answer[KnownAccount]:
    """The bank's answer about the number. Raises `Malformed` bad_account_number."""
    bank = await banks.of(bank_id_of(number))
    return await bank.known_account(number)


async def name_account(
    session: AsyncSession,
    actor: Actor,
    user_id: UUID,
    *,
    number: str,
    currency: str,
    payout: bool,
    known: Answer[KnownAccount],
) -> Outcome[Account]:
    """Adds an account that the bank has. If the bank does not say, the owner's confirmation will show it.

    Raises as `add_account`; `NotFound` unknown_user, `Malformed` no_such_account, `Conflict` account_closed,
    currency_mismatch.
    """
    only_oneself(actor, user_id)
    user = await user_of(session, actor.marketplace_id, user_id, lock=True)
    account = await add_account(session, user, number=number, currency=currency, payout=payout)
    match known:
        case Refused(code="unknown_account"):
            raise Malformed("no_such_account", "The bank has no such account.", "number")
        case Done(value) if value.closed:
            raise Conflict("account_closed", "The bank has closed this account.", "number")
        case Done(value) if value.currency != currency:
            raise Conflict("currency_mismatch", f"The account is in {value.currency}.", "currency")
    return Outcome(account, account)


async def ask_for_code(database: Database, banks: Banks, claim: Claim) -> Answer[CodeSent]:
    """Has the bank send a code to the account's owner. Raises `Conflict` account_confirmed."""
    async with database.transaction() as session:
        _, account = await claim.account(session)
        _must_wait(account)
    bank = await banks.of(account.bank_id)
    return await _answered(bank, ask_owner(claim.named("code"), account.number, str(account.id)))


async def code_sent(session: AsyncSession, claim: Claim) -> Outcome[Account]:
    """The account about whose code the request's answer is. Raises `NotFound` unknown_user, unknown_account."""
    _, account = await claim.account(session)
    return Outcome(account, account)


async def submit_code(database: Database, banks: Banks, claim: Claim, code: str) -> Answer[str] | None:
    """The bank's answer to the normalised code, which is first recorded as wrong; None for a confirmed account.

    Raises `TooMany` too_many_wrong_codes: then the bank is not asked.
    """

    async def count(session: AsyncSession) -> tuple[Account, datetime | None]:
        user, account = await claim.account(session)
        if account.confirmed_at is not None:
            return account, None
        await lock_person(session, user.id)
        trying = wrong_codes.Trying(user.marketplace_id, user.id, account.number)
        return account, await wrong_codes.count(session, claim.named("try"), trying)

    account, submitted_at = await database.run(count)
    if submitted_at is None:
        return None
    call = confirm_ownership(claim.named("confirm"), account.number, str(account.id), code, submitted_at)
    return await _answered(await banks.of(account.bank_id), call)


async def confirm(session: AsyncSession, claim: Claim, answer: Answer[str] | None) -> Outcome[Account]:
    """The account, confirmed if the bank accepted the code. Raises `Conflict` account_confirmed, and as `value_of`."""
    user, account = await claim.account(session, lock=True)
    _must_wait(account)
    assert answer is not None, "nothing makes a confirmed account unconfirmed"
    value_of(answer)
    await wrong_codes.forgive(session, claim.named("try"))
    await confirm_account(session, user, account)
    return Outcome(account, account, tuple(await owed_to(session, account)))


async def pay_out_to(session: AsyncSession, actor: Actor, user_id: UUID, account_id: UUID) -> Outcome[Account]:
    """Chooses the account for payouts in its currency. Raises `NotFound`, and as `store.banks.accounts.pay_out_to`."""
    only_oneself(actor, user_id)
    user = await user_of(session, actor.marketplace_id, user_id, lock=True)
    account = await account_of(session, user.id, account_id)
    await accounts.pay_out_to(session, user, account)
    return Outcome(account, account, tuple(await owed_to(session, account)))


async def owed_to(session: AsyncSession, account: Account) -> list[Signal]:
    """Retries payouts that a bank refused for another account with this one, if it is the payout account."""
    if not account.payout or account.confirmed_at is None:
        return []
    return [Signal(payment, deal) for deal, payment in await owed_payments(session, account.user_id, account.currency)]


async def _answered(bank: BankClient, call: Call[T]) -> Answer[T]:
    """The bank's answer. While it still works on the same call, from a double click, the answer to that is awaited."""
    answer = await bank.send(call)
    for _ in range(_LOOKS):
        if not (isinstance(answer, Unknown) and answer.code == _IN_PROGRESS):
            break
        await asyncio.sleep(_LOOK_EVERY_S)
        answer = await bank.send(call)
    return answer


def value_of(answer: Answer[T]) -> T:
    """The value of a done call. Raises the bank's refusal, `TooMany` for a deferred call, `Conflict` for one in
    progress, else `Unavailable`.
    """
    match answer:
        case Done(value):
            return value
        case Refused(code, detail):
            raise _refusal(code, detail)
        case Unknown() if answer.code in _WAIT:
            raise TooMany(answer.code, _WAIT[answer.code], answer.retry_after_s or RETRY_AFTER_S)
        case Unknown(code=code) if code == _IN_PROGRESS:
            raise Conflict(code, "The bank is still working on the first request with this key.")
    raise Unavailable("bank_unreachable", "The bank does not answer now. Please try again.", RETRY_AFTER_S)


def _refusal(code: str, detail: str) -> Refusal:
    if code == "unknown_account":
        return Malformed("no_such_account", "The bank has no such account.", "number")
    if code == "code_rejected":
        return Conflict(code, "The code is wrong, too old, or was tried too often.", "code")
    return Conflict(code, detail)


def _must_wait(account: Account) -> None:
    if account.confirmed_at is not None:
        raise Conflict("account_confirmed", "The account is confirmed already.")
