"""Real requests about disputes."""

from __future__ import annotations

from tests.fixtures.market_client import Json
from tests.openapi.exploring import Real
from tests.openapi.market_recipes import recipe
from tests.openapi.market_stand import Stand

BACK = {"amount": "1.00", "currency": "RUB"}


async def _disputed(stand: Stand, *, answered: bool = False) -> Json:
    """A deal that its buyer disputes; `answered`: the seller has made an offer, number 1."""
    deal = await stand.shop.inspected()
    about, client = f"/deals/{deal['id']}/dispute", stand.shop.api.client
    await client.make(about, {"user_id": stand.shop.buyer["id"], "reason": "It is broken"})
    if answered:
        await client.make(f"{about}/offers", {"user_id": stand.shop.seller["id"], "back": BACK})
    return await client.deal(deal["id"])


@recipe("GET /deals/{deal_id}/dispute")
async def read_dispute(stand: Stand) -> Real:
    return Real(path={"deal_id": (await _disputed(stand))["id"]})


@recipe("POST /deals/{deal_id}/dispute/statements")
async def add_statement(stand: Stand) -> Real:
    body = {"user_id": stand.shop.buyer["id"], "text": "Look", "link": "https://example.org/photo.jpg"}
    return Real(path={"deal_id": (await _disputed(stand))["id"]}, body=body)


@recipe("POST /deals/{deal_id}/dispute/offers")
async def offer_to_settle(stand: Stand) -> Real:
    body = {"user_id": stand.shop.buyer["id"], "back": BACK}
    return Real(path={"deal_id": (await _disputed(stand))["id"]}, body=body)


@recipe("POST /deals/{deal_id}/dispute/offers/retraction")
async def withdraw_offer(stand: Stand) -> Real:
    deal = await _disputed(stand, answered=True)
    return Real(path={"deal_id": deal["id"]}, body={"user_id": stand.shop.seller["id"]})


@recipe("POST /deals/{deal_id}/dispute/offers/{number}/acceptance")
async def accept_offer(stand: Stand) -> Real:
    deal = await _disputed(stand, answered=True)
    return Real(path={"deal_id": deal["id"], "number": 1}, body={"user_id": stand.shop.buyer["id"]})


@recipe("GET /deals/{deal_id}/dispute/undisputed-part")
async def preview_undisputed_part(stand: Stand) -> Real:
    return Real(path={"deal_id": (await _disputed(stand))["id"]}, query={"amount": "1.00"})


@recipe("POST /deals/{deal_id}/dispute/undisputed-part")
async def release_undisputed_part(stand: Stand) -> Real:
    body = {"user_id": stand.shop.buyer["id"], "amount": BACK}
    return Real(path={"deal_id": (await _disputed(stand))["id"]}, body=body)


@recipe("POST /disputes/{dispute_id}/assignment")
async def take_dispute(stand: Stand) -> Real:
    return Real(path={"dispute_id": (await _disputed(stand))["dispute"]["id"]}, body={})


@recipe("GET /disputes/{dispute_id}/preview")
async def preview_ruling(stand: Stand) -> Real:
    path = {"dispute_id": (await _disputed(stand))["dispute"]["id"]}
    return Real(path=path, query={"ruling": "split", "amount": "1.00"})


@recipe("POST /disputes/{dispute_id}/decision")
async def decide_dispute(stand: Stand) -> Real:
    path = {"dispute_id": (await _disputed(stand, answered=True))["dispute"]["id"]}
    return Real(path=path, body={"ruling": "split", "amount": BACK, "reason": "Looked into"})
