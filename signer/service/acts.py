"""What the signer does: give out addresses, and sign once per key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, Refusal, TooMany
from signer.service.models import Address, Limit, Signature
from signer.service.rules import DAY, Known, Limits, Purpose, Source, over_the_day, refusal
from signer.service.transactions import NotUnderstood, Transaction, parse
from signer.service.vault import Vault

DETAILS: Final = {
    "sender_not_allowed": "This purpose has another sender, or the key is not the sender's.",
    "contract_not_allowed": "This purpose pays in something else.",
    "destination_not_allowed": "Nothing is sent there for this purpose.",
    "amount_over_limit": "More than one transaction may move for this purpose.",
    "fee_over_limit": "The network could take more than it may.",
    "expiration_too_long": "It would be valid for longer than it may.",
}


class NotSigned(Refusal):
    """A final refusal by the rules, stored as the answer to its key."""

    status = 422


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request to sign `raw`, by its key."""

    key: str
    purpose: Purpose
    source: Source
    raw: bytes

    @property
    def fingerprint(self) -> bytes:
        return hashlib.sha256(json.dumps([self.purpose, str(self.source), self.raw.hex()]).encode()).digest()


async def record_addresses(session: AsyncSession, derived: Sequence[tuple[int, str]]) -> None:
    """Addresses by their indexes are our own from now on: gas may go to them, and withdrawals may not."""
    rows = [{"index": index, "address": address} for index, address in derived]
    await session.execute(insert(Address).values(rows).on_conflict_do_nothing())


async def sign(session: AsyncSession, vault: Vault, contract: str, limits: Limits, wanted: Wanted) -> Signature:
    """The answer to `wanted.key`: the stored one, or a new one, counted for its day in this transaction.

    Raises `Conflict` key_reused, and `TooMany` daily_limit, which decides nothing about the key.
    """
    known = await _answer(session, wanted)
    if known is not None:
        return known
    await session.execute(select(Limit.purpose).where(Limit.purpose == wanted.purpose).with_for_update(key_share=True))
    known = await _answer(session, wanted)  # it may have come while this transaction waited
    if known is not None:
        return known
    row = await _decided(session, vault, contract, limits, wanted)
    session.add(row)
    await session.flush()
    return row


async def _decided(session: AsyncSession, vault: Vault, contract: str, limits: Limits, wanted: Wanted) -> Signature:
    """Under the lock of its purpose, at the time that is read after it."""
    now = await session.scalar(select(func.clock_timestamp()))
    assert isinstance(now, datetime)
    row = Signature(key=wanted.key, fingerprint=wanted.fingerprint, purpose=wanted.purpose, source=str(wanted.source))
    row.raw, row.decided_at = wanted.raw, now
    try:
        transaction = parse(wanted.raw)
    except NotUnderstood as why:
        row.refusal, row.detail = "transaction_not_understood", f"Not signed: {why}."
        return row
    ours = await session.scalar(select(Address.index).where(Address.address == transaction.recipient))
    known = Known(contract, vault.main, vault.gas, vault.address(wanted.source), ours is not None)
    row.refusal = refusal(wanted.purpose, wanted.source, transaction, known, limits, now)
    if row.refusal is not None:
        row.detail = DETAILS[row.refusal]
        return row
    row.most_minor, row.day_minor = limits.of(wanted.purpose) or (None, None)
    await _count(session, limits, wanted.purpose, transaction, now)
    row.txid, row.signature = transaction.txid, vault.sign(wanted.source, transaction.digest)
    row.recipient, row.amount_minor = transaction.recipient, transaction.amount_minor
    return row


async def _count(
    session: AsyncSession, limits: Limits, purpose: Purpose, transaction: Transaction, now: datetime
) -> None:
    """Raises `TooMany` when the amounts signed in the last 24 hours leave too little."""
    if limits.of(purpose) is None:
        return
    day = (Signature.refusal.is_(None), Signature.purpose == purpose, Signature.decided_at > now - DAY)
    spent = await session.scalar(select(func.sum(Signature.amount_minor)).where(*day))
    if over_the_day(purpose, int(spent or 0), transaction.amount_minor, limits):
        oldest = await session.scalar(select(func.min(Signature.decided_at)).where(*day))
        wait = DAY if oldest is None else oldest + DAY - now
        said = "More than may be signed for this purpose in 24 hours."
        raise TooMany("daily_limit", said, max(1, int(wait.total_seconds())))


async def _answer(session: AsyncSession, wanted: Wanted) -> Signature | None:
    row = await session.get(Signature, wanted.key)
    if row is not None and row.fingerprint != wanted.fingerprint:
        raise Conflict("key_reused", "This key was used for another transaction.", "key")
    return row


def refused(row: Signature) -> NotSigned | None:
    """The refusal that `row` stores, if it does."""
    if row.refusal is None:
        return None
    assert row.detail is not None
    return NotSigned(row.refusal, row.detail, "raw_data_hex")
