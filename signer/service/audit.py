"""The signer's audit, read-only: every signature is within its rules, every day within its limit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from tronpy.exceptions import BadSignature
from tronpy.keys import Signature as Signed

from signer.service.models import Address, Signature
from signer.service.rules import Known, Limits, Purpose, Source, refusal
from signer.service.transactions import NotUnderstood, parse
from signer.service.vault import Vault

MAX_DETAILS: Final = 100

# Each signature with what was signed for its purpose in the 24 hours before it, itself included.
_DAYS: Final = """
SELECT key, spent, day_minor FROM (
    SELECT key, day_minor, sum(amount_minor) OVER (
        PARTITION BY purpose ORDER BY decided_at RANGE BETWEEN '23:59:59.999999' PRECEDING AND CURRENT ROW
    ) AS spent
    FROM signatures WHERE refusal IS NULL
) AS days WHERE day_minor IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Check:
    """`violations` has at most 100 of the `broken` rows."""

    name: str
    examined: int
    broken: int
    violations: tuple[str, ...]


async def audit(session: AsyncSession, vault: Vault, contract: str, limits: Limits) -> list[Check]:
    signed = (await session.scalars(select(Signature).where(Signature.refusal.is_(None)))).all()
    given = (await session.scalars(select(Address))).all()
    days = (await session.execute(text(_DAYS))).all()
    ours = {row.address for row in given}
    # Deriving and checking keys takes a tenth of a millisecond each, away from the loop that serves.
    within = await asyncio.to_thread(lambda: [_wrong(row, vault, contract, limits, ours) for row in signed])
    derived = await asyncio.to_thread(lambda: [_foreign(row, vault) for row in given])
    over = [
        f"{row.key}: {row.spent} in 24 hours, with a limit of {row.day_minor}" if row.spent > row.day_minor else None
        for row in days
    ]
    return [
        _check("signatures_within_their_rules", within),
        _check("days_within_their_limit", over),
        _check("addresses_are_of_the_seed", derived),
    ]


def _check(name: str, found: Sequence[str | None]) -> Check:
    wrong = [one for one in found if one is not None]
    return Check(name, len(found), len(wrong), tuple(wrong[:MAX_DETAILS]))


def _wrong(row: Signature, vault: Vault, contract: str, limits: Limits, ours: set[str]) -> str | None:
    """What is wrong with a signature. Its amount is judged by the limit under which it was signed.

    `ours` holds an address that was given out later too: a withdrawal to it would have been a mistake all the same.
    """
    try:
        transaction = parse(row.raw)
    except NotUnderstood as why:
        return f"{row.key}: {why}"
    purpose, source = Purpose(row.purpose), Source.read(row.source)
    sender = vault.address(source)
    known = Known(contract, vault.main, vault.gas, sender, transaction.recipient in ours)
    code = refusal(purpose, source, transaction, known, limits, row.decided_at)
    if code not in (None, "amount_over_limit", "fee_over_limit", "expiration_too_long"):  # settings may have changed
        return f"{row.key}: {code}"
    if (row.txid, row.recipient, row.amount_minor) != (
        transaction.txid,
        transaction.recipient,
        transaction.amount_minor,
    ):
        return f"{row.key}: the row is not what its transaction says"
    if row.most_minor is not None and transaction.amount_minor > row.most_minor:
        return f"{row.key}: amount_over_limit"
    assert row.signature is not None
    try:
        signer = Signed(row.signature).recover_public_key_from_msg_hash(transaction.digest)
    except BadSignature:
        return f"{row.key}: no signature"
    return None if signer.to_base58check_address() == sender else f"{row.key}: signed with another key"


def _foreign(row: Address, vault: Vault) -> str | None:
    return None if vault.address(Source(index=row.index)) == row.address else f"index {row.index} is another address"
