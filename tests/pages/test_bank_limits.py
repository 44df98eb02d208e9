"""The payer's page while the bank sends no more codes, and what the payer can do meanwhile."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from store.payments.payments import Payment
from tests.fixtures.bank_limits import codes_again, no_more_codes
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.sagas import Market

HOUR = timedelta(hours=1)


async def _row(market: Market, payment_id: str) -> Payment:
    async with market.database.transaction() as session:
        return await session.get_one(Payment, UUID(payment_id))


async def _without_codes(cabinet: Cabinet, pay_within_s: int) -> tuple[Person, str, str]:
    """A buyer at the page of a payment without a code from the bank for this hour: buyer, deal and payment."""
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    await no_more_codes(cabinet.market.bank, buyer.number)
    deal = await buyer.buy(await cabinet.on_sale(seller, pay_within_s=pay_within_s))
    payment = await buyer.begin(deal)
    await buyer.until("Your bank is not sending codes just now")
    return buyer, deal, payment


async def test_the_payer_reads_in_their_language_until_when_the_bank_sends_no_codes_and_can_cancel(
    cabinet: Cabinet,
) -> None:
    buyer, deal, payment = await _without_codes(cabinet, 7200)
    until = (await _row(cabinet.market, payment)).delayed_until
    assert until is not None
    assert f"bank sends no more until {until:%-d %b %Y, %H:%M:%S} UTC" in buyer.words
    assert "We ask again then." in buyer.words and "over before that" not in buyer.words
    shown = await cabinet.served.shop.read(f"/payments/{payment}")
    assert (shown["state"], shown["delay_reason"]) == ("opening", "too_many_codes_sent")
    assert shown["delayed_until"].startswith(f"{until:%Y-%m-%dT%H:%M:%S}")

    buyer.http.headers["Accept-Language"] = "ru"
    russian = await buyer.read(f"/payments/{payment}")
    assert "Владельцу этого счёта отправлено слишком много кодов" in russian
    assert f"{until:%Y, %H:%M:%S}" in russian.replace(" г.", "")
    assert "заплатите с другого счёта" in russian
    buyer.http.headers["Accept-Language"] = "en"

    await buyer.read(f"/payments/{payment}")
    await buyer.send(f"/payments/{payment}/cancellation")
    await buyer.until("This payment was cancelled")
    await codes_again(cabinet.market.bank, buyer.number)
    await buyer.pay(deal)
    assert "The bank has a limit and is asked again later" in await buyer.read(f"/deals/{deal}")


async def test_the_payer_learns_that_the_deadline_is_before_the_bank_sends_codes_again(cabinet: Cabinet) -> None:
    buyer, _, _ = await _without_codes(cabinet, 600)
    assert "The time to pay is over before that." in buyer.words


async def test_the_last_code_can_be_entered_while_the_bank_sends_no_other(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    payment = await buyer.begin(deal)
    code = await buyer.code()
    await no_more_codes(cabinet.market.bank, buyer.number)
    await buyer.send(f"/payments/{payment}/another-code")
    await buyer.until("The last one stays valid")
    await buyer.send(f"/payments/{payment}/code", code=code)
    await buyer.until("The seller has been paid")
    events = (await cabinet.served.shop.read(f"/deals/{deal}/events"))["items"]
    assert "payment.delayed" in [event["type"] for event in events]
