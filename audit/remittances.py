"""What came by bank transfer against the statements of the banks to whose accounts it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit.looks import BankSilent, answered
from bank.banks import Banks
from bank.client import BankClient, Refused, Remittance
from domain.gateways import GatewayId
from domain.incoming_transfers import IncomingState
from store.banks.accounts import bank_id_of
from store.banks.banks import banks as listed_banks
from store.chain.incoming_transfers import IncomingTransfer
from store.people.marketplaces import Marketplace

NAME: Final = "incoming_transfers_agree_with_banks"
SENTENCE: Final = (
    "What came to our accounts by the banks' statements is recorded once, as they say, and nothing else is."
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """Our side in one snapshot: when the market began, its accounts, and what came to them, by the banks' keys."""

    begun_at: datetime
    accounts: Sequence[str]
    rows: dict[str, IncomingTransfer]


@dataclass(slots=True)
class Looked:
    """The number of transfers compared, and the violations with their ids."""

    examined: int = 0
    details: list[str] = field(default_factory=list)


async def read_incoming(session: AsyncSession) -> Incoming:
    """As the session's transaction sees it."""
    query = select(IncomingTransfer).where(IncomingTransfer.gateway == GatewayId.BANK_TRANSFER)
    rows = {row.external_id: row for row in await session.scalars(query)}
    begun_at = await session.scalar(select(func.coalesce(func.min(Marketplace.created_at), func.clock_timestamp())))
    assert isinstance(begun_at, datetime)
    return Incoming(begun_at, [bank.guarantee_account for bank in await listed_banks(session)], rows)


async def look(incoming: Incoming, banks: Banks, now: datetime, grace: timedelta) -> Looked:
    """Reads each statement from its beginning. What came or was returned within `grace` may be on its way to us.

    Raises `BankSilent`.
    """
    looked, left = Looked(), dict(incoming.rows)
    for account in incoming.accounts:
        for one in await _statement(await banks.of(bank_id_of(account)), account):
            row = left.pop(one.key, None)
            looked.examined += 1
            if row is not None:
                looked.details += _differences(row, one, now - grace)
            elif incoming.begun_at <= one.booked_at < now - grace:
                looked.details.append(f"remittance {one.key} of {one.amount} to {account} is not recorded")
    looked.details += [f"incoming transfer {row.id}: no statement has remittance {key}" for key, row in left.items()]
    return looked


async def _statement(bank: BankClient, account: str) -> list[Remittance]:
    found: list[Remittance] = []
    while True:
        page = await answered(partial(bank.remittances, account, len(found)))
        if isinstance(page, Refused):
            raise BankSilent(page.detail)
        found += page.value.items
        if not page.value.more:
            return found


def _differences(row: IncomingTransfer, one: Remittance, settled_before: datetime) -> list[str]:
    found = []
    ours = (row.amount, row.sender, row.details, row.valued_at)
    theirs = (one.amount, one.payer_account, one.details, one.booked_at)
    if ours != theirs:
        recorded, is_so = (" ".join(map(str, side)) for side in (ours, theirs))
        found.append(f"incoming transfer {row.id} is recorded as {recorded}, remittance {one.key} is {is_so}")
    went_back = row.state == IncomingState.RETURNED
    if one.returned_at is not None and not went_back and one.returned_at < settled_before:
        found.append(f"incoming transfer {row.id} is {row.state}, but remittance {one.key} was returned")
    if one.returned_at is None and went_back:
        found.append(f"incoming transfer {row.id} is returned, but remittance {one.key} was not")
    return found
