"""Mails about what the parties no longer propose, about disputes, and about how those are decided."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.disputes import ANSWER_WITHIN, DECIDE_WITHIN
from edge.wire import utc
from market.arbitration import take
from store.people.operators import Operator, create_operator
from tests.fixtures.letters import Letters

SOON = timedelta(minutes=1)


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
    assert "> Looked into" in news["buyer"].text and "The arbiter's reason:\n> Looked into" in news["seller"].text
    shown = await letters.shop.api.client.read(f"/deals/{deal['id']}/dispute")
    assert (shown["state"], shown["decision_reason"]) == ("decided", "Looked into")


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


async def _staff(letters: Letters, *names: str, arbiter: bool = True) -> list[Operator]:
    async with letters.shop.api.database.transaction() as session:
        mark = letters.deal_id[-8:]
        return [
            await create_operator(session, name, arbiter=arbiter, email=f"{name}-{mark}@example.test".lower())
            for name in names
        ]


async def _taken(letters: Letters, arbiter: Operator, dispute_id: str) -> None:
    async with letters.shop.api.database.transaction() as session:
        await take(session, arbiter.id, UUID(dispute_id))


async def test_arbiters_are_mailed_when_nobody_answers_and_when_nobody_decides(letters: Letters) -> None:
    shop = letters.shop
    ada, eve = await _staff(letters, "Ada", "Eve")
    [otto] = await _staff(letters, "Otto", arbiter=False)
    addresses = [str(each.email) for each in (ada, eve, otto)]
    deal = await letters.disputed()
    dispute = (await shop.api.operator.read(f"/deals/{deal['id']}/dispute"))["id"]
    await letters.received()
    await shop.api.set_ahead(deal["id"], ANSWER_WITHIN + SOON)
    await shop.assessed(deal)
    unanswered = await letters.to(*addresses)
    assert sorted(mail.to[0] for mail in unanswered) == sorted(addresses[:2])
    assert {mail.subject for mail in unanswered} == {"A dispute awaits a decision: “A thing”"}
    assert f"/admin/disputes/{dispute}" in unanswered[0].text and "1,000.00 RUB" in _plain(unanswered[0].text)
    await _taken(letters, ada, dispute)
    await shop.api.set_ahead(deal["id"], ANSWER_WITHIN + DECIDE_WITHIN + SOON)
    await shop.assessed(deal)
    raised = await letters.to(*addresses)
    assert [(mail.to[0], mail.subject) for mail in raised] == [
        (addresses[1], "A dispute awaits another arbiter: “A thing”")
    ]


async def test_an_unanswered_dispute_that_an_arbiter_has_taken_is_mailed_to_nobody_else(letters: Letters) -> None:
    shop = letters.shop
    ada, eve = await _staff(letters, "Ada", "Eve")
    deal = await letters.disputed()
    await _taken(letters, ada, (await shop.api.operator.read(f"/deals/{deal['id']}/dispute"))["id"])
    await shop.api.set_ahead(deal["id"], ANSWER_WITHIN + SOON)
    await shop.assessed(deal)
    assert [mail.to[0] for mail in await letters.to(str(ada.email), str(eve.email))] == [ada.email]


async def test_arbiters_hear_nothing_of_a_dispute_that_has_ended_meanwhile(letters: Letters) -> None:
    shop = letters.shop
    [ada] = await _staff(letters, "Ada")
    deal = await letters.disputed()
    await shop.api.set_ahead(deal["id"], ANSWER_WITHIN + SOON)
    await shop.assessed(deal)
    await shop.api.client.make(f"/deals/{deal['id']}/dispute/retraction", {"user_id": shop.buyer["id"]})
    assert await letters.to(str(ada.email)) == []


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
