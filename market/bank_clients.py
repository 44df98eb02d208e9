"""Client programs of banks: registered, changed, enabled, drained and disabled by administrators.

A bank belongs to the client that was the first to name it. Its payments, fees and statements are asked for there alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bank.client import BankClient, BankRow, FeeRow
from domain.bank_clients import MAX_CLIENTS, BankClientState, claimed, must_move
from domain.errors import Conflict
from edge.sealing import Sealer
from market.acts import Outcome
from store.banks import bank_clients as rows
from store.banks.bank_clients import BankClientRow, bank_client_of, bank_clients, note_answer
from store.banks.banks import Bank, alone, banks_of_others, put_directory
from store.banks.open_work import anything_open


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an administrator says about a client. `url` was checked before (`edge/outward.py`).

    Without an API key the one that it has stays, likewise the webhook secret.
    """

    name: str
    url: str
    timeout_ms: int
    max_calls: int
    api_key: str | None = None
    webhook_secret: str | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """The banks that a client serves, and the fees between them, as it says itself."""

    banks: Sequence[BankRow]
    fees: Sequence[FeeRow]


@dataclass(frozen=True, slots=True)
class Connection:
    """What a client answers now: its banks, and which of them another client serves; or why nothing is known."""

    banks: Sequence[BankRow]
    claimed: Collection[int]
    failure: str | None = None


def key_context(id_: UUID) -> str:
    """Binds a sealed API key to its client."""
    return f"bank-client/{id_}/key"


def secret_context(id_: UUID) -> str:
    return f"bank-client/{id_}/webhook-secret"


def webhook_secrets(sealer: Sealer, row: BankClientRow) -> list[str]:
    """What signs its webhooks; nothing while it is disabled."""
    if row.sealed_secret is None or row.state == BankClientState.DISABLED:
        return []
    return [sealer.open(row.sealed_secret, secret_context(row.id))]


async def register(session: AsyncSession, operator_id: UUID, wanted: Wanted, sealer: Sealer) -> Outcome[BankClientRow]:
    """A client that is disabled until an administrator enables it. Raises `Conflict` bank_client_exists,
    too_many_bank_clients.
    """
    await alone(session)
    if len(await bank_clients(session)) >= MAX_CLIENTS:
        raise Conflict("too_many_bank_clients", f"There are at most {MAX_CLIENTS} bank clients.")
    await _name_is_free(session, wanted.name)
    id_ = await session.scalar(select(func.uuidv7()))
    assert isinstance(id_, UUID)
    assert wanted.api_key is not None, "a client cannot be called without one"
    row = BankClientRow(
        id=id_,
        state=BankClientState.DISABLED,
        registered_by=operator_id,
        sealed_key=sealer.seal(wanted.api_key, key_context(id_)),
    )
    _say(row, wanted, sealer)
    session.add(row)
    await session.flush()
    return Outcome(row, row)


async def change(
    session: AsyncSession, id_: UUID, wanted: Wanted, sealer: Sealer, said: Directory | str | None
) -> Outcome[BankClientRow]:
    """Replaces what is said about it; every program calls it so within seconds.

    `said` is what the program at another address has just said, or why it did not. Raises `NotFound`
    unknown_bank_client, `Conflict` bank_client_exists, bank_client_silent, bank_client_differs.
    """
    await alone(session)
    row = await bank_client_of(session, id_, lock=True)
    if wanted.url != row.url:
        await _is_the_same(session, row.id, said)
    await _name_is_free(session, wanted.name, row.id)
    if wanted.api_key is not None:
        row.sealed_key = sealer.seal(wanted.api_key, key_context(row.id))
    _say(row, wanted, sealer)
    row.version += 1
    await session.flush()
    return Outcome(row, row)


async def enable(session: AsyncSession, id_: UUID, said: Directory | str) -> Outcome[BankClientRow]:
    """Its banks, as it has just `said`, are open for payments. A text says why it did not say.

    Raises `NotFound` unknown_bank_client, `Conflict` bank_client_state, bank_client_silent, bank_claimed.
    """
    await alone(session)  # before the row, as a copy of its banks takes them
    row = await bank_client_of(session, id_, lock=True)
    if row.state != BankClientState.ENABLED:
        must_move(BankClientState(row.state), BankClientState.ENABLED)
    if isinstance(said, str) or not said.banks:
        why = said if isinstance(said, str) else "it serves no bank"
        raise Conflict("bank_client_silent", f"The client program did not say which banks it serves: {why}.")
    if others := claimed(_named(said), await banks_of_others(session, row.id)):
        names = ", ".join(f"{one:03}" for one in others)
        raise Conflict("bank_claimed", f"Another client serves banks with these ids or requisites: {names}.")
    await copy(session, row.id, row.url, said)
    row.state = BankClientState.ENABLED
    row.version += 1
    await session.flush()
    await note_answer(session, row.id, None)
    await session.refresh(row)
    return Outcome(row, row)


async def drain(session: AsyncSession, id_: UUID) -> Outcome[BankClientRow]:
    """Nothing new begins at its banks; what is open goes on to its end. Raises `NotFound` unknown_bank_client,
    `Conflict` bank_client_state.
    """
    row = await bank_client_of(session, id_, lock=True)
    if row.state != BankClientState.DRAINING:
        must_move(BankClientState(row.state), BankClientState.DRAINING)
        row.state = BankClientState.DRAINING
        row.version += 1
        await session.flush()
    return Outcome(row, row)


async def disable(session: AsyncSession, id_: UUID) -> Outcome[BankClientRow]:
    """It is not called any more. Raises `NotFound` unknown_bank_client, `Conflict` bank_client_state,
    bank_client_in_use.
    """
    row = await bank_client_of(session, id_, lock=True)
    if row.state == BankClientState.DISABLED:
        return Outcome(row, row)
    must_move(BankClientState(row.state), BankClientState.DISABLED)
    served = list(await session.scalars(select(Bank.id).where(Bank.client_id == row.id)))
    if await anything_open(session, served):
        raise Conflict("bank_client_in_use", "Deals, refunds or withdrawals at its banks are not at their end.")
    row.state = BankClientState.DISABLED
    row.version += 1
    await session.flush()
    return Outcome(row, row)


async def directory_of(client: BankClient) -> Directory:
    """What it says now. Raises `BankUnavailable`."""
    banks = await client.banks()
    known = {bank.id for bank in banks}
    return Directory(banks, [fee for fee in await client.fees() if {fee.payer_bank, fee.payee_bank} <= known])


async def connection(session: AsyncSession, client_id: UUID, said: Directory | str) -> Connection:
    """What a test of the connection shows: `said`, or why it said nothing."""
    if isinstance(said, str):
        return Connection([], [], said)
    others = await banks_of_others(session, client_id)
    return Connection(said.banks, claimed(_named(said), others))


async def copy(session: AsyncSession, client_id: UUID | None, address: str, said: Directory) -> list[int]:
    """Writes the banks and fees that a client serves; returns the banks that are another's, which are left out."""
    refused = claimed(_named(said), await banks_of_others(session, client_id))
    banks = [_bank(one, address) for one in said.banks if one.id not in refused]
    fees = [_fee(one) for one in said.fees if not {one.payer_bank, one.payee_bank} & set(refused)]
    await put_directory(session, banks, fees, client_id)
    return refused


async def _is_the_same(session: AsyncSession, id_: UUID, said: Directory | str | None) -> None:
    """Another program would not know our keys: it would pay again what was paid already."""
    served = list(await session.scalars(select(Bank).where(Bank.client_id == id_)))
    if served and not isinstance(said, Directory):
        why = said or "it was not asked"
        raise Conflict(
            "bank_client_silent", f"The program at this address did not say which banks it serves: {why}.", "url"
        )
    accounts = {} if not isinstance(said, Directory) else {one.id: _accounts(one) for one in said.banks}
    if others := [bank.id for bank in served if accounts.get(bank.id) != _accounts(bank)]:
        names = ", ".join(f"{one:03}" for one in sorted(others))
        detail = f"This is another program: the platform has other accounts at its banks {names}, or none."
        raise Conflict("bank_client_differs", detail, "url")


def _accounts(bank: Bank | BankRow) -> tuple[str, str, str]:
    return bank.requisite, bank.commission_account, bank.guarantee_account


def _named(said: Directory) -> list[tuple[int, str]]:
    return [(bank.id, bank.requisite) for bank in said.banks]


def _bank(bank: BankRow, address: str) -> dict[str, object]:
    return {
        "id": bank.id,
        "name": bank.name,
        "requisite": bank.requisite,
        "currency": bank.currency,
        "commission_account": bank.commission_account,
        "guarantee_account": bank.guarantee_account,
        "client_address": address,
    }


def _fee(fee: FeeRow) -> dict[str, object]:
    return {
        "payer_bank": fee.payer_bank,
        "payee_bank": fee.payee_bank,
        "currency": fee.currency,
        "percent_bp": fee.rule.percent_bp,
        "minimum_minor": fee.rule.minimum_minor,
    }


async def _name_is_free(session: AsyncSession, name: str, but: UUID | None = None) -> None:
    if await rows.name_is_taken(session, name, but):
        raise Conflict("bank_client_exists", "Another bank client has this name.", "name")


def _say(row: BankClientRow, wanted: Wanted, sealer: Sealer) -> None:
    row.name, row.url = wanted.name, wanted.url
    row.timeout_ms, row.max_calls = wanted.timeout_ms, wanted.max_calls
    if wanted.webhook_secret is not None:
        row.sealed_secret = sealer.seal(wanted.webhook_secret, secret_context(row.id))
