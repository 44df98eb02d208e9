"""However money goes back, nothing that the buyer sees is in the proportion of the platform's commission."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from api.money.schemas import payment_money_out
from api.wallets.schemas import WalletOut
from domain.money import Money
from domain.overrides import OverrideKind
from domain.status_text import payment_status_text
from domain.terms import Cause, Release, Settlement, Terms
from ledger import history
from store.deals.closings import books_of
from store.deals.deals import Deal
from store.payments.overrides import Asked
from store.wallets.wallets import wallets_of
from tests.fixtures.party_wallets import fill, in_wallet, paid_from_wallet
from tests.fixtures.sagas import Market, Party
from tests.fixtures.shared_market import market, opened_market
from tests.sagas.test_override import decided
from tests.sagas.test_refund import spend
from tests.sagas.test_wallets import spend_from_wallet

__all__ = ["market", "opened_market"]

PERCENT_BP = 1357
INSPECTED = Terms(release=Release.ON_ACCEPTANCE, inspection_s=3600)


async def _statement(market: Market, party: Party) -> list[int]:
    """The statement of the buyer's bank, in minor units: amounts and holds."""
    items = (await market.bank.get(f"/accounts/{party.number}/statement?limit=1000"))["items"]
    return [_minor(item[name]) for item in items for name in ("amount", "held")]


async def _wallet(market: Market, party: Party) -> list[int]:
    async with market.database.transaction() as session:
        shown = [
            WalletOut.of(wallet, await history(await session.connection(), wallet.account_id))
            for wallet in await wallets_of(session, party.user.id)
        ]
    return [_minor(line.amount.amount) for wallet in shown for line in wallet.operations]


async def _money(market: Market, deal: Deal) -> list[int]:
    """What `GET /deals/{id}/money` shows to callers who are not operators."""
    payments = await market.payments(deal)
    async with market.database.transaction() as session:
        books = await books_of(session, payments)
    result = [
        payment_money_out(deal, one, payment_status_text(one.state), books[str(one.id)], for_operator=False)
        for one in payments
    ]
    assert all(one.guarantee.amount == "0.00" for one in result)
    return [_minor(place.amount.amount) for one in result for place in one.places]


def _minor(amount: str) -> int:
    return abs(int(amount.replace(".", "")))


def _betrayals(shown: list[int]) -> list[tuple[int, int]]:
    """Two amounts of which one is the commission of the other, or what is left without it, to the cent."""
    amounts = {amount for amount in shown if amount > 100}
    return [
        (part, whole)
        for whole in amounts
        for part in amounts
        for share_bp in (PERCENT_BP, 10_000 - PERCENT_BP)
        if abs(part - whole * share_bp / 10_000) <= 1
    ]


async def _revealed(market: Market, deal: Deal, buyer: Party, came_back: list[str]) -> list[tuple[int, int]]:
    """Values that reveal the percentage; `came_back` are refunds, to account and wallet, without fees."""
    at_bank, in_wallet_, where = (
        await _statement(market, buyer),
        await _wallet(market, buyer),
        await _money(market, deal),
    )
    for amount in came_back:
        assert _minor(amount) in at_bank + in_wallet_
    assert await market.bank.violations() == []
    assert await market.alarms() == {}
    return _betrayals(at_bank + in_wallet_ + where)


async def test_partial_returns_to_an_account_even_when_the_guarantee_pays_for_the_seller(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1, "5000.00")
    await market.bank.fund(2, Money(5_000_00, "RUB"))
    deal = await market.deal(seller, buyer, "1000.00", commission_bp=PERCENT_BP)
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    await market.until(await market.refund(deal, "100.00", Cause.SELLER), "refunded")
    await spend(market, seller, "700.00")
    await market.until(await market.refund(deal, "250.00", Cause.SELLER), "refunded")
    assert await _revealed(market, deal, buyer, ["100.00", "250.00"]) == []


async def test_partial_refunds_to_a_wallet_even_when_the_platform_pays_for_the_seller(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    await fill(market, buyer, "2000.00")
    deal = await market.deal(seller, buyer, "1000.00", commission_bp=PERCENT_BP)
    await paid_from_wallet(market, deal, buyer)
    await market.until(deal, "completed")
    await market.until(await market.refund(deal, "100.00", Cause.SELLER), "refunded")
    await spend_from_wallet(market, seller, "700.00")
    await market.until(await market.refund(deal, "250.00", Cause.SELLER), "refunded")
    assert await in_wallet(market, buyer) == "1350.00, 0.00 held"
    assert sorted(await _wallet(market, buyer)) == [100_00, 250_00, 1000_00, 1000_00, 2000_00]
    assert await _revealed(market, deal, buyer, ["100.00", "250.00"]) == []


async def test_parts_that_were_paid_out_at_once_and_are_clawed_back(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1, "5000.00")
    await fill(market, buyer, "2000.00")
    deal = await market.deal(seller, buyer, "1000.00", commission_bp=PERCENT_BP, terms=Terms(Settlement.IMMEDIATE))
    await market.until(await market.paid(deal, buyer, "410.00"), "completed")
    await market.until(await paid_from_wallet(market, deal, buyer, "230.00"), "completed")
    await market.pass_time(deal, timedelta(seconds=601))
    await market.until(deal, "expired")
    assert await _revealed(market, deal, buyer, ["410.00", "230.00"]) == []


async def test_a_dispute_that_is_split(market: Market) -> None:
    _, buyer, deal = await market.sale("1000.00", commission_bp=PERCENT_BP, terms=INSPECTED, balance="5000.00")
    await market.paid(deal, buyer)
    await market.until(deal, "funded")
    await market.dispute(deal, "The lid is broken")
    await decided(market, deal, Asked(OverrideKind.SPLIT, "a third", amount=Money(333_00, "RUB")))
    await market.until(deal, "split")
    assert await _revealed(market, deal, buyer, ["333.00"]) == []


async def test_what_is_owed_to_a_seller_whose_account_is_closed(market: Market) -> None:
    seller, buyer, deal = await market.sale("1000.00", commission_bp=PERCENT_BP, balance="5000.00")
    payment, code = await market.asked_for_code(deal, buyer)
    await market.bank.post(f"/accounts/{seller.number}/closure", {})
    await market.submit(payment, code)
    await market.until(deal, "completed")
    assert await _revealed(market, deal, buyer, []) == []
    await market.until(await market.refund(deal, "100.00", Cause.SELLER), "refunded")
    assert await _revealed(market, deal, buyer, ["100.00"]) == []


def test_a_commission_shown_beside_the_whole_would_be_found() -> None:
    for shown in ([100_00, 13_57], [100_00, 86_43], [1000_00, 135_70]):
        assert any(_betrayals(list(pair)) for pair in pairwise(shown))
