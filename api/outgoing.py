"""Outgoing transactions, and the two accounts that they leave from, for operators. Nothing is done from here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Operator, ServicesOfApp
from api.fields import After, Limit, Moment, MoneyOut, PageOut
from api.refusals import LISTS, READS
from domain.money import Money
from domain.outgoing import OutgoingState, Purpose
from edge.wire import Wire, utc, utc_or_none
from fronts.paging import PAGE_SIZE
from market.outgoing import TRX
from store.chain.accounts import AccountName, ChainAccount, chain_accounts
from store.chain.outgoing import OutgoingTransaction, outgoing_after
from store.chain.sweeps import CURRENCY
from store.operations.settled import settled

router = APIRouter(tags=["outgoing transactions"])


class OutgoingOut(Wire):
    """One number of what was to be sent. `amount` is in USDT, or in TRX for gas; `fee` is what the chain has burnt."""

    id: str
    about: str
    number: int
    purpose: Purpose
    state: OutgoingState
    from_address: str | None
    to_address: str
    amount: MoneyOut
    fee: MoneyOut | None
    txid: str | None
    block: int | None
    result: str | None
    answer: str | None
    """What a node last said of its sending. It decides nothing."""
    created_at: Moment
    expires_at: Moment | None
    limited_until: Moment | None
    """The signer's limit of the day is reached: when it is asked again."""
    flagged_at: Moment | None
    final_at: Moment | None

    @classmethod
    def of(cls, row: OutgoingTransaction) -> OutgoingOut:
        return cls(
            id=str(row.id),
            about=row.about,
            number=row.number,
            purpose=Purpose(row.purpose),
            state=OutgoingState(row.state),
            from_address=row.from_address,
            to_address=row.to_address,
            amount=MoneyOut.of(row.amount),
            fee=None if row.fee_sun is None else MoneyOut.of(Money(row.fee_sun, TRX)),
            txid=row.txid,
            block=row.block,
            result=row.result,
            answer=row.answer,
            created_at=utc(row.created_at),
            expires_at=utc_or_none(row.expires_at),
            limited_until=utc_or_none(row.limited_until),
            flagged_at=utc_or_none(row.flagged_at),
            final_at=utc_or_none(row.final_at),
        )


class OutgoingsOut(PageOut[OutgoingOut]):
    """A page of outgoing transactions."""


class ChainAccountOut(Wire):
    """By our books. `low_since`: it has too little TRX; `missing_since`: the chain has less there than is booked."""

    name: AccountName
    address: str
    balance: MoneyOut
    trx: MoneyOut
    low_since: Moment | None
    missing_since: Moment | None

    @classmethod
    def of(cls, row: ChainAccount) -> ChainAccountOut:
        return cls(
            name=AccountName(row.name),
            address=row.address,
            balance=MoneyOut.of(Money(row.balance_minor, CURRENCY)),
            trx=MoneyOut.of(Money(row.sun, TRX)),
            low_since=utc_or_none(row.low_since),
            missing_since=utc_or_none(row.missing_since),
        )


class ChainAccountsOut(Wire):
    items: list[ChainAccountOut]


@router.get("/outgoing-transactions", summary="List outgoing transactions", responses=LISTS)
async def list_outgoing_transactions(
    _: Operator,
    services: ServicesOfApp,
    live_only: Annotated[bool, Query(description="Only those that may still move something.")] = False,
    after: After = None,
    limit: Limit = PAGE_SIZE,
) -> OutgoingsOut:
    """Transactions that leave our addresses on the chain, in the order in which they were ordered."""
    until = await settled(services.database)
    async with services.replica.snapshot() as session:
        found = await outgoing_after(session, live_only=live_only, after=after, limit=limit + 1, until=until)
    return OutgoingsOut.of(found, limit, OutgoingOut.of)


@router.get("/chain-accounts", summary="List our accounts on the chain", responses=READS)
async def list_chain_accounts(_: Operator, services: ServicesOfApp) -> ChainAccountsOut:
    """The main wallet and the gas account; none before the signer has named them."""
    async with services.database.transaction() as session:
        return ChainAccountsOut(items=[ChainAccountOut.of(row) for row in await chain_accounts(session)])
