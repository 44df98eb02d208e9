"""Requests to an account's owner, confirmed by a code: to let a caller see the account, or to confirm ownership.

The right code for seeing it is exchanged for a token. Nothing there reveals whether an account exists: one that does
not, is closed or has no owner gets accesses, codes and tries like any other, only that its codes are not sent.
Confirmation of ownership is for known accounts.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.code_limits import CodeLimits, Try, take_turn, too_many_codes_sent, try_of_access
from bank.service.acts.codes import CodeRules, Subject, code_rejected, issue, kill_codes, redeem
from bank.service.facts import code_facts
from bank.service.models import AccessToken, Account, AccountAccess, OperationRow
from bank.service.plan import Plan
from bank.service.refusals import UnknownAccount
from bank.service.rules.accesses import account_token, new_access_key, new_nonce, token_digest
from bank.service.rules.codes import access_binding, ownership_binding
from bank.service.values import UsedCode
from domain.errors import Forbidden
from ledger import Statement

MAX_RACES: Final = 5  # an access that ends between our two statements is rare; five in a row are a bug


def account_token_rejected() -> Forbidden:
    """One answer for a token that is wrong, expired, another caller's, for another account, or missing."""
    return Forbidden("account_token_rejected", "The account token is not valid for this account.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the owner of the account `number` is asked for; `reference` with the purpose `ownership`."""

    number: str
    purpose: str = "view"
    reference: str = ""

    def open(self, caller: str) -> tuple[ColumnElement[bool], ...]:
        return (
            AccountAccess.caller == caller,
            AccountAccess.number == self.number,
            AccountAccess.purpose == self.purpose,
            AccountAccess.reference == self.reference,
            AccountAccess.confirmed_at.is_(None),
            AccountAccess.ended_at.is_(None),
        )

    def tried(self, limits: CodeLimits) -> Try:
        """A try of the code that it waits for."""
        return try_of_access(limits, self.number, self.purpose, self.reference)


async def ask_owner(
    session: AsyncSession, rules: CodeRules, asked: Asked, caller: str, key: str, window: timedelta
) -> Plan:
    """A code on its way to the owner of the account, who may pass it on to the `caller`, whose request has the `key`.

    At most three codes in `window`, unless one was used. Raises `TooMany` `code_too_soon`, `too_many_codes_sent`.
    """
    access = await _lock_open(session, caller, asked)
    now = await session.scalar(select(func.clock_timestamp()))
    assert now is not None
    if access.created_at + window <= now:
        await kill_codes(session, access.key)
        await _mark(session, access.key, "ended_at")
        access = await _lock_open(session, caller, asked)
    subject = _subject(access, renewable_at=access.created_at + window)
    reaches_owner = await _seen(session, asked.number) is not None
    known = await code_facts(session, access.key, caller, key, issues=True)
    code = issue(rules, subject, known, reaches_owner=reaches_owner)
    if (wait_s := await take_turn(session, rules.asked, asked.number, caller)) is not None:
        raise too_many_codes_sent(wait_s)
    return Plan(kills_codes_of=access.key, new_code=code)


async def confirm(
    session: AsyncSession,
    rules: CodeRules,
    asked: Asked,
    caller: str,
    key: str,
    typed: str,
    submitted_at: datetime,
) -> tuple[AccountAccess, UsedCode]:
    """The owner says yes to what `caller` asked: the access, and the code that is used up. Raises `code_rejected`.

    `typed` is normalised; `key` is the request's.
    """
    access = await session.scalar(select(AccountAccess).where(*asked.open(caller)).with_for_update(key_share=True))
    if access is None:
        raise code_rejected()
    known = await code_facts(session, access.key, caller, key, issues=False)
    used = redeem(rules, _subject(access), known, typed, submitted_at)
    if await _seen(session, asked.number) is None:
        raise code_rejected()
    await _mark(session, access.key, "confirmed_at")
    return access, used


async def known_account(session: AsyncSession, number: str) -> Account:
    """A client's account, closed or not. Raises `UnknownAccount`."""
    account = await session.scalar(select(Account).where(Account.number == number, Account.client_id.is_not(None)))
    if account is None:
        raise UnknownAccount("number")
    return account


async def exchange(
    session: AsyncSession, rules: CodeRules, confirmed: tuple[AccountAccess, UsedCode], typed: str, ttl: timedelta
) -> AccessToken:
    """Makes a token that lives for `ttl`, for an access that was `confirmed` by the code `typed`."""
    access, used = confirmed
    nonce = new_nonce()
    digest = token_digest(account_token(nonce, typed, rules.pepper), rules.pepper)
    now = used.used_at
    token = AccessToken(access_key=access.key, nonce=nonce, digest=digest, created_at=now, expires_at=now + ttl)
    session.add(token)
    await session.flush()
    return token


async def reveal_token(session: AsyncSession, access_key: str, typed: str, pepper: bytes) -> str:
    """The token that the code `typed` was exchanged for in this access."""
    token = await session.get_one(AccessToken, access_key)
    return account_token(token.nonce, typed, pepper)


async def seen_by(session: AsyncSession, caller: str, number: str, token: str, pepper: bytes) -> Account:
    """The open account `number`, if the caller's `token` is for it. Raises `account_token_rejected`."""
    statement = (
        select(Account)
        .join(AccountAccess, AccountAccess.number == Account.number)
        .join(AccessToken, AccessToken.access_key == AccountAccess.key)
        .where(
            Account.number == number,
            Account.closed_at.is_(None),
            AccountAccess.caller == caller,
            AccountAccess.purpose == "view",
            # Looked up by keyed hash, so the time taken reveals nothing about the token.
            AccessToken.digest == token_digest(token, pepper),
            AccessToken.expires_at > func.clock_timestamp(),
        )
    )
    account = await session.scalar(statement)
    if account is None:
        raise account_token_rejected()
    return account


async def own_operations(session: AsyncSession, caller: str, page: Statement) -> set[str]:
    """The keys of those operations on a page of a statement that `caller` requested; others stay hidden from them."""
    keys = {line.key.partition("/")[0] for line in page.lines}
    mine = select(OperationRow.key).where(OperationRow.key.in_(keys), OperationRow.caller == caller)
    return set((await session.scalars(mine)).all())


def _subject(access: AccountAccess, *, renewable_at: datetime | None = None) -> Subject:
    bound = access_binding(access.key, access.caller, access.number)
    if access.purpose == "ownership":
        bound = ownership_binding(access.key, access.caller, access.number, access.reference)
    return Subject(bound, access_key=access.key, renewable_at=renewable_at)


async def _lock_open(session: AsyncSession, caller: str, asked: Asked) -> AccountAccess:
    """The request to the owner, created if there is none, locked until the transaction ends."""
    for _ in range(MAX_RACES):
        made = insert(AccountAccess).values(key=new_access_key(), caller=caller, **asdict(asked))
        await session.execute(made.on_conflict_do_nothing())
        access = await session.scalar(select(AccountAccess).where(*asked.open(caller)).with_for_update(key_share=True))
        if access is not None:
            return access
    raise AssertionError("an access cannot end that often while it is being asked for")


async def _mark(session: AsyncSession, access_key: str, moment: str) -> None:
    ended = update(AccountAccess).where(AccountAccess.key == access_key).values({moment: func.clock_timestamp()})
    await session.execute(ended, execution_options={"synchronize_session": False})


async def _seen(session: AsyncSession, number: str) -> Account | None:
    """The account, if it is open and has an owner."""
    mine = select(Account).where(Account.number == number, Account.closed_at.is_(None))
    return await session.scalar(mine.where(Account.client_id.is_not(None)).with_for_update(read=True))
