"""Mails to both sides of a deal: written after the commit, in the reader's language, each of them once."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from edge.wire import utc
from store.deals.offers import change_offer, offer_of
from store.mail.notices import put_notice
from tests.fixtures.letters import URL, Letters
from tests.fixtures.market import Api
from texts.mails import kinds

PRICE = re.compile("1,000.00\u00a0RUB|1\u00a0000,00\u00a0RUB")


async def test_both_sides_hear_of_a_deal_from_the_purchase_to_the_payout(letters: Letters) -> None:
    shop = letters.shop
    deal = await shop.deal("1000.00")
    begun = await letters.news()
    part = await letters.shop.held(deal, "400.00")
    first = await letters.received()
    rest = await letters.shop.held(deal)
    paid = await letters.received()
    for payment in (part, rest):
        await shop.carried_out(payment)
    await shop.assessed(deal)
    assert {mail.subject for mail in begun} == {"“A thing” was bought", "Вы купили «A thing»"}
    assert all(f"{URL}/deals/{deal['id']}" in mail.text for mail in begun)
    assert [PRICE.search(mail.text) is not None for mail in begun] == [True, True]
    assert sorted(first) == [
        ("buyer", "Оплачено: 400,00 RUB за «A thing»"),
        ("seller", "A part is paid: 400.00 RUB for “A thing”"),
    ]
    assert [each for each in sorted(paid) if "600" not in each[1]] == [
        ("buyer", "«A thing» оплачено"),
        ("seller", "“A thing” is paid"),
    ]
    assert await letters.received() == [("seller", "The money for “A thing” is yours")]
    assert await letters.received() == []


async def test_a_price_paid_at_once_is_one_letter_to_each(letters: Letters) -> None:
    deal = await letters.shop.deal()
    await letters.received()
    await letters.shop.held(deal)
    assert sorted(await letters.received()) == [("buyer", "«A thing» оплачено"), ("seller", "“A thing” is paid")]
    written = "SELECT n.kind FROM notices n JOIN events e ON e.id = n.event_id WHERE e.deal_id = :id ORDER BY n.id"
    kinds = [row.kind for row in await letters.shop.api.rows(written, id=UUID(deal["id"]))]
    assert kinds == ["deal.awaiting_payment", "deal.funded"], "the payment of the whole price is no news beside"


async def test_letters_call_a_deal_what_it_was_called_when_it_began(letters: Letters) -> None:
    shop = letters.shop
    deal = await shop.deal()
    await letters.received()
    async with shop.api.database.transaction() as session:
        offer = await offer_of(session, None, UUID(deal["offer_id"]), lock=True)
        words = {"title": "Another thing", "description": "Not what was bought"}
        await change_offer(session, offer, **words, price=offer.price, pay_within_s=600, more=0)
    await letters.shop.held(deal)
    assert sorted(await letters.received()) == [("buyer", "«A thing» оплачено"), ("seller", "“A thing” is paid")]


async def test_refunds_are_shown_with_the_fee(letters: Letters) -> None:
    shop = letters.shop
    deal = await shop.deal()
    part = await letters.shop.held(deal, "400.00")
    await letters.received()
    await shop.closed(deal)
    await shop.carried_out(part)
    await shop.assessed(deal)
    assert sorted(await letters.received()) == [
        ("buyer", "410,00 RUB за «A thing» вернулись к вам"),
        ("buyer", "Сделка «A thing» отменена"),
        ("seller", "The deal for “A thing” was cancelled"),
    ]


async def test_only_the_seller_gets_a_mail_about_a_refused_credit(letters: Letters) -> None:
    deal = await letters.shop.deal()
    payment = await letters.shop.held(deal)
    await letters.received()
    await letters.shop.carried_out(payment, credit="account_closed")
    assert await letters.received() == [("seller", "Your bank refused the money for “A thing”")]


async def test_a_near_deadline_is_mailed_once_and_again_after_it_was_extended(letters: Letters) -> None:
    shop = letters.shop
    deal = await shop.deal(pay_within_s=3600)
    await letters.received()
    early = await letters.received()
    await shop.api.set_ahead(deal["id"], timedelta(minutes=46))
    near, again = await letters.news(), await letters.received()
    assert (early, again) == ([], [])
    assert {mail.to[0].partition("-")[0] for mail in near} == {"buyer", "seller"}
    assert all(PRICE.search(mail.text) and "UTC" in mail.text for mail in near)

    pay_by = datetime.fromisoformat((await shop.api.client.deal(deal["id"]))["pay_by"]) + timedelta(hours=1)
    for party in (shop.seller, shop.buyer):
        await shop.api.client.extend(deal["id"], party["id"], utc(pay_by))
    await letters.received()
    await shop.api.set_ahead(deal["id"], timedelta(minutes=91))
    assert len(await letters.received()) == 2
    await shop.api.set_ahead(deal["id"], timedelta(days=1))
    assert await letters.received() == []


async def test_the_author_of_a_proposal_gets_no_mail_about_it(letters: Letters) -> None:
    shop = letters.shop
    deal = await shop.deal()
    await letters.shop.held(deal, "400.00")
    await letters.received()
    await shop.api.client.cancel_deal(deal["id"], shop.buyer["id"])
    assert await letters.received() == [("seller", "Cancel the deal for “A thing”?")]


async def test_an_event_that_commits_after_later_ones_is_mailed_too(letters: Letters) -> None:
    """Numbers are drawn in order and committed in any: nothing is read past."""
    shop = letters.shop
    offer = await shop.offer(quantity=2)
    user = shop.buyer["id"]
    async with shop.api.database.transaction() as session:
        key = f"test/{secrets.token_hex(8)}"
        await put_notice(session, user, "deal.cancelled/buyer", key, _facts("Late", letters.deal_id))
        await shop.api.client.buy(offer["id"], user)
        between = await letters.received()
    assert sorted(between) == [("buyer", "Вы купили «A thing»"), ("seller", "“A thing” was bought")]
    assert await letters.received() == [("buyer", "Сделка «Late» отменена")]


async def test_a_rolled_back_event_is_not_mailed_and_a_key_is_mailed_once(letters: Letters) -> None:
    user, key = letters.shop.buyer["id"], f"test/{secrets.token_hex(8)}"
    async with letters.shop.api.database.transaction() as session:
        await put_notice(session, user, "deal.cancelled/buyer", f"{key}/gone", _facts("Gone", letters.deal_id))
        await session.rollback()
    for title in ("First", "Second"):
        async with letters.shop.api.database.transaction() as session:
            await put_notice(session, user, "deal.cancelled/buyer", key, _facts(title, letters.deal_id))
    shown = [await letters.received() for _ in range(2)]
    assert shown == [[("buyer", "Сделка «First» отменена")], []]


async def test_a_notice_that_cannot_be_mailed_holds_up_no_other(letters: Letters) -> None:
    user, key = letters.shop.buyer["id"], f"test/{secrets.token_hex(8)}"
    async with letters.shop.api.database.transaction() as session:
        await put_notice(session, user, "no.such.letter", f"{key}/broken", {})
        await put_notice(session, user, "deal.cancelled/buyer", f"{key}/whole", _facts("Whole", letters.deal_id))
    shown = await letters.received()
    ours = {"key": f"{key}/%"}
    waiting = await letters.shop.api.rows("SELECT key FROM notices WHERE told_at IS NULL AND key LIKE :key", **ours)
    async with letters.shop.api.database.transaction() as session:
        await session.execute(text("UPDATE notices SET told_at = now() WHERE told_at IS NULL AND key LIKE :key"), ours)
    assert (shown, [tuple(row) for row in waiting]) == (
        [("buyer", "Сделка «Whole» отменена")],
        [(f"{key}/broken",)],
    )


async def test_every_mailed_event_has_a_mail_and_every_mail_an_event(api: Api) -> None:
    [(definition,)] = await api.rows("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'events_told'")
    shown = {word for word in definition.split("'") if word.startswith(("deal.", "payment.", "refund."))}
    by_the_clock = {"deal.answer_near", "deal.deadline_near", "deal.inspection_near", "deal.dispute_unanswered"}
    others = {"deal.messages_unread", "offer.approved", "offer.rejected", "account.payout", "refund.account_closed"}
    decided = {"deal.overridden_release", "deal.overridden_refund", "deal.overridden_split"}
    wanted = {re.sub("[./]", "_", kind) for kind in shown - {"deal.overridden"} | decided | by_the_clock | others}
    about = {kind for kind in kinds() if kind.startswith(("deal_", "payment_", "refund_", "offer_", "account_"))}
    roles = re.compile("_(buyer|seller|other|owner|reason|arbiter)$")
    assert wanted == {roles.sub("", kind) for kind in about - {"payment_code"}}


def _facts(title: str, deal_id: str = "x") -> dict[str, str]:
    return {"title": title, "deal_id": deal_id}
