"""Mails about what the parties no longer propose, about disputes, and about how those are decided."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from edge.wire import utc
from tests.fixtures.letters import Letters


async def test_a_retracted_proposal_is_mailed_to_the_other_party(letters: Letters) -> None:
    client, buyer = letters.shop.api.client, letters.shop.buyer["id"]
    deal = await letters.shop.deal()
    await letters.shop.held(deal, "400.00")
    await client.cancel_deal(deal["id"], buyer)
    later = datetime.fromisoformat(deal["pay_by"]) + timedelta(hours=1)
    await client.extend(deal["id"], buyer, utc(later))
    await letters.received()
    for subject in ("cancellation", "extension"):
        await client.make(f"/deals/{deal['id']}/{subject}/retraction", {"user_id": buyer})
    assert sorted(await letters.received()) == [
        ("seller", "The deal for “A thing” goes on"),
        ("seller", "The time for “A thing” stays as it is"),
    ]


async def test_a_dispute_and_its_end_without_a_decision_are_mailed_to_the_seller(letters: Letters) -> None:
    deal = await letters.disputed()
    opened = await letters.received()
    await letters.shop.api.client.make(f"/deals/{deal['id']}/dispute/retraction", {"user_id": letters.shop.buyer["id"]})
    assert opened == [("seller", "A dispute about “A thing”")]
    assert await letters.received() == [("seller", "The dispute about “A thing” is over")]


@pytest.mark.parametrize(
    ("kind", "buyer", "seller"),
    [
        ("release", "в пользу продавца: он получит всю цену, 1 000,00 RUB", "you are paid, and nothing goes back"),
        ("refund", "всё, что вы заплатили, вернётся к вам", "1,000.00 RUB goes back, and you are not paid"),
        ("split", "250,00 RUB из 1 000,00 RUB вернутся к вам", "250.00 RUB of 1,000.00 RUB goes back to the buyer"),
    ],
)
async def test_a_decision_is_mailed_to_both_parties(letters: Letters, kind: str, buyer: str, seller: str) -> None:
    deal = await letters.disputed()
    await letters.received()
    await letters.decided(deal, kind, "250.00" if kind == "split" else None)
    news = {mail.to[0].partition("-")[0]: mail for mail in await letters.news()}
    assert {who: mail.subject for who, mail in news.items()} == {
        "buyer": "Решение по сделке «A thing»",
        "seller": "A decision about “A thing”",
    }
    assert buyer in _plain(news["buyer"].text) and seller in _plain(news["seller"].text)


async def test_after_a_split_the_seller_is_mailed_what_each_has_got(letters: Letters) -> None:
    shop, deal = letters.shop, await letters.disputed()
    await letters.decided(deal, "split", "250.00")
    await letters.received()
    await shop.carried_out({"id": deal["payments"][0]})
    await shop.assessed(deal)
    [(refund,)] = await shop.api.rows("SELECT id FROM refunds WHERE deal_id = :id", id=deal["id"])
    await shop.clawed_back(str(refund))
    await shop.assessed(deal)
    news = [mail for mail in await letters.news() if mail.subject == "Your part for “A thing” is yours"]
    assert [mail.to for mail in news] == [(shop.seller["email"],)]
    assert "you have been paid, and 250.00 RUB went back to the buyer" in _plain(news[0].text)


def _plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace("\u00a0", " ")


async def test_a_refund_decided_after_the_payout_is_mailed_as_a_refund_alone(letters: Letters) -> None:
    deal = await letters.shop.deal()
    payment = await letters.shop.held(deal)
    await letters.shop.carried_out(payment)
    await letters.shop.assessed(deal)
    await letters.received()
    await letters.decided(deal, "refund")
    assert await letters.received() == []


async def test_statements_offers_and_a_settlement_are_mailed_to_the_other_party(letters: Letters) -> None:
    client, buyer, seller = letters.shop.api.client, letters.shop.buyer["id"], letters.shop.seller["id"]
    deal = await letters.disputed()
    await letters.received()
    about, back = f"/deals/{deal['id']}/dispute", {"amount": "250.00", "currency": "RUB"}
    await client.make(f"{about}/statements", {"user_id": seller, "text": "It is not"})
    assert await letters.received() == [("buyer", "Новое в споре по сделке «A thing»")]
    await client.make(f"{about}/offers", {"user_id": buyer, "back": back})
    [offered] = await letters.news()
    assert offered.subject == "An offer in the dispute about “A thing”"
    assert "250.00 RUB of 1,000.00 RUB goes back to the buyer" in _plain(offered.text)
    await client.make(f"{about}/offers/2/acceptance", {"user_id": seller})
    [settled] = [mail for mail in await letters.news() if "спор" in mail.subject.lower()]
    assert settled.to == (letters.shop.buyer["email"],)
    assert "250,00 RUB из 1 000,00 RUB" in _plain(settled.text)
