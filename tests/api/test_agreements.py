"""What parties decide about their deal, each through its marketplace: cancel, extend, accept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.fixtures.market import RecordedSignals
from tests.fixtures.shop import Shop


async def _held(shop: Shop, amount: str = "400.00", terms: dict[str, Any] | None = None) -> dict[str, Any]:
    """A deal of which a part, or all, is held."""
    deal = await shop.deal(terms=terms)
    await shop.held(deal, amount)
    return await shop.api.client.deal(deal["id"])


async def test_the_buyer_cancels_alone_before_the_first_money_and_everybody_concerned_is_rung_at(
    shop: Shop, signals: RecordedSignals
) -> None:
    deal = await shop.deal()
    payment = await shop.payment(deal)
    answer = await shop.api.client.cancel_deal(deal["id"], shop.buyer["id"], "Found it cheaper")
    assert (answer["state"], answer["closed_reason"], answer["cancellation"]) == ("settling", "cancelled", None)
    await signals.heard(f"payment/{payment['id']} returning")
    assert (await shop.api.client.payment(payment["id"]))["state"] == "returning"


async def test_after_the_first_money_a_proposal_is_open_until_the_other_party_agrees(shop: Shop) -> None:
    client = shop.api.client
    deal = await _held(shop)
    asked = await client.cancel_deal(deal["id"], shop.seller["id"], "Sold out")
    assert (asked["state"], asked["cancellation"]["by"], asked["cancellation"]["reason"]) == (
        "partially_paid",
        "seller",
        "Sold out",
    )
    agreed = await client.cancel_deal(deal["id"], shop.buyer["id"])
    assert (agreed["state"], agreed["closed_reason"], agreed["cancellation"]) == ("settling", "cancelled", None)


async def test_a_proposal_is_retracted_by_its_author(shop: Shop) -> None:
    client = shop.api.client
    deal = await _held(shop)
    await client.cancel_deal(deal["id"], shop.seller["id"])
    path = f"/deals/{deal['id']}/cancellation/retraction"
    other = await client.post(path, {"user_id": shop.buyer["id"]})
    own = await client.post(path, {"user_id": shop.seller["id"]})
    assert (other.status_code, other.json()["code"]) == (409, "nothing_proposed")
    assert (own.status_code, own.json()["cancellation"]) == (202, None)


async def test_more_time_is_given_when_both_want_the_same(shop: Shop) -> None:
    client = shop.api.client
    deal = await shop.deal()
    later = datetime.fromisoformat(deal["pay_by"]) + timedelta(hours=1)
    path, wanted = f"/deals/{deal['id']}/extension", later.isoformat()
    asked = await client.make(path, {"user_id": shop.buyer["id"], "pay_by": wanted})
    assert (asked["pay_by"], asked["extension"]["by"]) == (deal["pay_by"], "buyer")
    again = await client.post(path, {"user_id": shop.buyer["id"], "pay_by": wanted})
    assert (again.status_code, again.json()["code"]) == (409, "already_proposed")
    await client.make(f"{path}/retraction", {"user_id": shop.buyer["id"]})
    for party in (shop.seller, shop.buyer):
        given = await client.make(path, {"user_id": party["id"], "pay_by": wanted})
    assert datetime.fromisoformat(given["pay_by"]) == later
    assert given["extension"] is None
    earlier = await client.post(path, {"user_id": shop.buyer["id"], "pay_by": deal["pay_by"]})
    assert (earlier.status_code, earlier.json()["code"], earlier.json()["field"]) == (422, "bad_deadline", "pay_by")


async def test_the_buyer_accepts_and_the_seller_is_paid(shop: Shop, signals: RecordedSignals) -> None:
    client = shop.api.client
    unpaid = await shop.deal()
    early = await client.post(f"/deals/{unpaid['id']}/acceptance", {"user_id": shop.buyer["id"]})
    assert (early.status_code, early.json()["code"]) == (409, "nothing_to_accept")
    deal = await _held(shop, "1000.00", {"release": "on_acceptance", "inspection_s": 3600})
    assert (deal["state"], deal["released_at"]) == ("funded", None)
    assert deal["inspect_by"] > deal["now"]
    refused = await client.post(f"/deals/{deal['id']}/acceptance", {"user_id": shop.seller["id"]})
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (409, "not_the_buyer", "user_id")
    accepted = await client.accept(deal["id"], shop.buyer["id"])
    assert accepted["accepted_at"] is not None and accepted["released_at"] is not None
    await signals.heard(f"payment/{deal['payments'][0]} releasing")
    again = await client.post(f"/deals/{deal['id']}/acceptance", {"user_id": shop.buyer["id"]})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_accept")


async def test_only_the_parties_decide(shop: Shop) -> None:
    client = shop.api.client
    deal, stranger = await shop.deal(), await client.user("Sergej", "sergej@example.test")
    for path in ("cancellation", "cancellation/retraction", "extension", "extension/retraction", "acceptance"):
        more = {"pay_by": "2100-01-01T00:00:00Z"} if path == "extension" else {}
        for user, expected in ((stranger, (409, "not_a_party", "user_id")), (deal, (404, "unknown_user", "user_id"))):
            said = (await client.post(f"/deals/{deal['id']}/{path}", {"user_id": user["id"], **more})).json()
            assert (said["status"], said["code"], said["field"]) == expected, path


async def test_no_state_of_an_agreement_speaks_of_commission(shop: Shop) -> None:
    deal = await _held(shop)
    asked = await shop.api.client.cancel_deal(deal["id"], shop.seller["id"])
    assert "commission" not in str(asked)
