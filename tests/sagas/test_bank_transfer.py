"""Bank transfers: what clients of real banks send is credited once, by the bank's time, or kept in suspense."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bank.client import send_back
from domain.errors import Conflict, Forbidden
from domain.money import parse_money
from domain.references import ALPHABET, RANDOM_BYTES, reference_of
from domain.resolutions import ResolutionState
from domain.top_ups import TopUpState
from market import resolutions, top_ups
from market.actor import Actor
from market.bank_statements import record_news
from rails.gateways.bank_transfer import BankTransferGateway
from store.banks.banks import Bank
from store.banks.statement_reads import begin_reading, failing, next_due, note_success
from store.wallets.top_ups import TopUp
from store.wallets.wallets import wallet_for
from tests.bank.test_behaviour_rules import rule
from tests.fixtures.bank import done
from tests.fixtures.bank_transfers import BankTransfers, bank_transfers
from tests.fixtures.sagas import Market, Party


@pytest_asyncio.fixture(loop_scope="session")
async def transfers(idle_market: Market) -> AsyncIterator[BankTransfers]:
    yield await bank_transfers(idle_market)


@pytest.mark.source("wallet:28")
async def test_money_with_the_reference_is_credited_once_however_often_it_is_read(transfers: BankTransfers) -> None:
    owner, payer = await transfers.market.party(1), await transfers.market.party(2)
    top_up, data = await transfers.begin(owner)
    key = await transfers.pay(
        payer, data, details=f"for me: {(data.reference or '').lower().replace('-', ' ')}, thanks"
    )
    for _ in range(3):
        await transfers.read()
    incoming = await transfers.known(key)
    assert (incoming.state, incoming.top_up_id, incoming.sender) == ("credited", top_up.id, payer.number)
    assert (incoming.source, incoming.valued_at > top_up.created_at) == ("2", True)
    assert await transfers.balance(owner) == "100.00"
    assert (await transfers.market.now(top_up)).state == TopUpState.CREDITED
    assert transfers.woken.rows == [top_up.id]


async def test_the_same_amount_twice_is_two_transfers(transfers: BankTransfers) -> None:
    owner, payer = await transfers.market.party(1), await transfers.market.party(1)
    top_up, data = await transfers.begin(owner)
    keys = {await transfers.pay(payer, data) for _ in "12"}
    await transfers.read()
    assert {(await transfers.known(key)).state for key in keys} == {"credited"}
    assert (await transfers.balance(owner), (await transfers.market.now(top_up)).state) == ("200.00", "overpaid")


async def test_money_paid_too_late_is_credited_and_called_late(transfers: BankTransfers) -> None:
    owner, payer = await transfers.market.party(1), await transfers.market.party(1)
    top_up, data = await transfers.begin(owner, over=True)
    await transfers.pay(payer, data)
    await transfers.read()
    now = await transfers.market.now(top_up)
    assert (now.state, now.late_minor, now.received_minor) == (TopUpState.LATE, 100_00, 0)
    assert await transfers.balance(owner) == "100.00"


async def test_money_that_comes_while_its_bank_is_silent_counts_from_when_it_was_paid(
    transfers: BankTransfers,
) -> None:
    market = transfers.market
    owner, payer = await market.party(1), await market.party(1)
    top_up, data = await transfers.begin(owner)
    gateway = BankTransferGateway()
    await market.bank.behave(1, rule("fail", steps=["ask"], times=None, when="before"))
    key = await transfers.pay(payer, data)
    await transfers.read()
    assert await transfers.recorded(key) is None
    async with market.database.transaction() as session:
        known = await gateway.closed_until(session)  # other banks are read on; what nobody has read is not known
        assert [one.bank_id for one in await failing(session)] == [1]
        row = await session.get_one(type(top_up), top_up.id)
        row.pay_by = row.created_at + timedelta(milliseconds=1)  # over when the bank answers again
    await market.bank.behave(1)
    await transfers.read()
    incoming = await transfers.known(key)
    async with market.database.transaction() as session:
        until = await gateway.closed_until(session)
        assert until is not None and known is not None and until > incoming.valued_at > known
        assert await failing(session) == []


async def test_money_that_belongs_to_nobody_known_is_kept_in_suspense(transfers: BankTransfers) -> None:
    owner, payer = await transfers.market.party(1), await transfers.market.party(1)
    _, data = await transfers.begin(owner)
    reference, before = data.reference or "", await transfers.in_suspense()
    typo = reference[:-1] + ALPHABET[(ALPHABET.index(reference[-1]) + 1) % len(ALPHABET)]
    of_another = (await transfers.begin(owner))[1].reference
    wrong = [
        typo,
        f"{reference} {of_another}",
        "",
        await in_dollars(transfers, owner),
        await rolled_back(transfers, owner),
    ]
    keys = [await transfers.pay(payer, data, "70.00", details) for details in wrong]
    await transfers.read()
    found = [await transfers.known(key) for key in keys]
    assert [(one.state, one.wallet_id, one.details) for one in found] == [("unmatched", None, one) for one in wrong]
    assert await transfers.in_suspense() - before == len(wrong) * 70_00
    assert await transfers.balance(owner) == "0.00"


async def in_dollars(transfers: BankTransfers, owner: Party) -> str:
    """The reference of a top-up in another currency than that of the money."""
    reference = reference_of(secrets.token_bytes(RANDOM_BYTES))
    async with transfers.market.database.transaction() as session:
        wallet = await wallet_for(session, owner.user.id, "USD")
        about = {"wallet_id": wallet.id, "amount_minor": 70_00, "currency": "USD", "state": TopUpState.WAITING}
        pay_by = wallet.created_at + timedelta(days=1)
        session.add(TopUp(gateway="bank_transfer", pay_by=pay_by, reference=reference, **about))
    return reference


async def rolled_back(transfers: BankTransfers, owner: Party) -> str:
    """A reference that was given out in a transaction which was never committed."""
    async with transfers.market.database.transaction() as session:
        wallet = await wallet_for(session, owner.user.id, "RUB")
        money, actor = parse_money("70.00", "RUB"), Actor(transfers.market.marketplace_id)
        begun = await top_ups.begin(session, actor, wallet.id, BankTransferGateway(), money, None, None)
        await session.rollback()
    return begun.value[1].reference or ""


async def test_a_webhook_has_the_statement_read_at_once_whenever_it_comes(transfers: BankTransfers) -> None:
    owner, payer = await transfers.market.party(1), await transfers.market.party(1)
    _, data = await transfers.begin(owner)

    async def reported() -> int:
        async with transfers.market.database.transaction() as session:
            assert await record_news(session, data.account or "") == 1
        return await transfers.reader.read_due()

    assert await transfers.reader.read_due() == 0  # nothing is due by itself
    assert await reported() == 1  # too early: there is nothing yet
    key = await transfers.pay(payer, data)
    assert await transfers.reader.read_due() == 0
    assert [await reported() for _ in "123"] == [1, 1, 1]  # a repeat, and one that comes too late, find it read
    assert (await transfers.known(key)).state == "credited"
    assert await transfers.balance(owner) == "100.00"
    async with transfers.market.database.transaction() as session:
        assert await record_news(session, payer.number) is None


async def test_news_that_comes_while_a_statement_is_read_makes_it_due_again(transfers: BankTransfers) -> None:
    async with transfers.market.database.transaction() as session:
        await begin_reading(session, 1, timedelta(hours=1))
        assert await record_news(session, (await session.get_one(Bank, 1)).guarantee_account) == 1
        await note_success(session, 1, more=False)
    async with transfers.market.database.transaction() as session:
        assert [bank.id for bank in await next_due(session, 10)] == [1]


async def test_a_long_statement_is_read_to_its_end_page_by_page(transfers: BankTransfers) -> None:
    payer = await transfers.market.party(1)
    owner = await transfers.market.party(1)
    _, data = await transfers.begin(owner, "1.01")
    for _ in range(101):
        await transfers.pay(payer, data, "0.01")
    assert await transfers.read() == 2 + 2  # two pages of the first bank, one of each other
    assert await transfers.balance(owner) == "1.01"


async def test_a_transfer_in_suspense_is_assigned_to_a_wallet_by_two_people(transfers: BankTransfers) -> None:
    owner, payer = await transfers.market.party(1), await transfers.market.party(1)
    incoming = await transfers.unmatched(payer)
    before = await transfers.in_suspense()
    async with transfers.market.database.transaction() as session:
        wallet = await wallet_for(session, owner.user.id, "RUB")
        asked = await resolutions.assign(
            session, transfers.olga, incoming.id, wallet_id=wallet.id, top_up_id=None, reason="By phone"
        )
    for operator, code in ((transfers.olga, "own_resolution"), (transfers.paul, "approver_key_needed")):
        async with transfers.market.database.transaction() as session:
            with pytest.raises(Forbidden, match=code):
                await resolutions.decide(session, operator, asked.value.id, approve=True)
    with pytest.raises(Conflict, match="resolution_open"):
        await transfers.asked_for_return(incoming)
    assert await transfers.balance(owner) == "0.00"
    assert (await transfers.approved(asked.value)).state == ResolutionState.ASSIGNED
    assert (await transfers.balance(owner), before - await transfers.in_suspense()) == ("70.00", 70_00)
    assert (await transfers.known(incoming.external_id)).state == "assigned"
    with pytest.raises(Conflict, match="not_unmatched"):
        await transfers.asked_for_return(incoming)


async def test_a_transfer_that_is_assigned_to_a_top_up_counts_from_when_it_was_paid(transfers: BankTransfers) -> None:
    owner, payer = await transfers.market.party(1), await transfers.market.party(1)
    top_up, _ = await transfers.begin(owner, "70.00")
    incoming = await transfers.unmatched(payer)
    async with transfers.market.database.transaction() as session:
        asked = await resolutions.assign(
            session, transfers.olga, incoming.id, wallet_id=None, top_up_id=top_up.id, reason="The reference has a typo"
        )
    await transfers.approved(asked.value)
    now = await transfers.market.now(top_up)
    assert (now.state, now.received_minor, await transfers.balance(owner)) == (TopUpState.CREDITED, 70_00, "70.00")


async def test_a_transfer_is_returned_by_its_bank_once_though_answers_are_lost(transfers: BankTransfers) -> None:
    market, payer = transfers.market, await transfers.market.party(1)
    incoming = await transfers.unmatched(payer)
    before = await transfers.in_suspense()
    asked = await transfers.asked_for_return(incoming)
    assert await transfers.reader.return_due() == 0  # nobody has approved it
    assert (await transfers.approved(asked)).state == ResolutionState.RETURNING
    await market.bank.behave(1, rule("lose", steps=["return"], times=2))
    assert await transfers.reader.return_due() == 1
    returning = await transfers.resolution(asked)
    assert (returning.state, returning.tries, await transfers.in_suspense()) == ("returning", 1, before)  # unknown
    assert await transfers.ask_again() == 1
    assert (await transfers.resolution(asked)).state == ResolutionState.RETURNED
    assert (before - await transfers.in_suspense(), await market.balance(payer)) == (70_00, "1000.00, 0.00 held")
    assert (await transfers.known(incoming.external_id)).state == "returned"
    assert await transfers.ask_again() == 0
    assert await market.bank.violations() == []


async def test_what_a_bank_has_returned_before_is_recorded_as_returned(transfers: BankTransfers) -> None:
    """As after a restore: the bank knows, under a key that our books have forgotten."""
    market, payer = transfers.market, await transfers.market.party(1)
    incoming = await transfers.unmatched(payer)
    done(await market.bank.client.send(send_back("forgotten", incoming.external_id, incoming.amount)))
    asked = await transfers.approved(await transfers.asked_for_return(incoming))
    assert await transfers.reader.return_due() == 1
    assert (await transfers.resolution(asked)).state == ResolutionState.RETURNED
    assert await market.balance(payer) == "1000.00, 0.00 held"


async def test_what_the_bank_does_not_return_stays_in_suspense_for_another_resolution(transfers: BankTransfers) -> None:
    market, payer = transfers.market, await transfers.market.party(1)
    incoming = await transfers.unmatched(payer)
    await market.bank.post(f"/accounts/{payer.number}/closure", {})
    before = await transfers.in_suspense()
    asked = await transfers.approved(await transfers.asked_for_return(incoming))
    assert await transfers.reader.return_due() == 1
    refused = await transfers.resolution(asked)
    assert (refused.state, refused.refused_code) == (ResolutionState.REFUSED, "account_closed")
    assert ((await transfers.known(incoming.external_id)).state, await transfers.in_suspense()) == ("unmatched", before)
    assert (await transfers.asked_for_return(incoming)).state == ResolutionState.REQUESTED
