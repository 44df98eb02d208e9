"""Real requests about deals and their payments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from edge.wire import utc
from tests.fixtures.bank import Party
from tests.fixtures.market_client import Json
from tests.fixtures.statuses import new_status
from tests.openapi.exploring import Real
from tests.openapi.market_recipes import EARLIER, recipe
from tests.openapi.market_stand import RETURN_ORIGIN, Stand


@recipe("POST /deals")
async def buy(stand: Stand) -> Real:
    return Real(body={"offer_id": (await stand.shop.offer())["id"], "buyer_id": stand.shop.buyer["id"]})


@recipe("POST /service-deals")
async def propose(stand: Stand) -> Real:
    body = {"buyer_id": stand.shop.buyer["id"], "seller_id": stand.shop.seller["id"], "title": "A logo"}
    return Real(body=body | {"description": "In two colours", "price": {"amount": "1.00", "currency": "RUB"}})


@recipe("POST /deals/{deal_id}/confirmation")
@recipe("POST /deals/{deal_id}/denial")
async def answer_a_proposal(stand: Stand) -> Real:
    return Real(path={"deal_id": (await stand.shop.proposed())["id"]}, body={"user_id": stand.shop.seller["id"]})


@recipe("POST /deals/{deal_id}/retraction")
async def retract_a_proposal(stand: Stand) -> Real:
    return Real(path={"deal_id": (await stand.shop.proposed())["id"]}, body={"user_id": stand.shop.buyer["id"]})


@recipe("POST /contracts")
async def propose_contract(stand: Stand) -> Real:
    body = {"buyer_id": stand.shop.buyer["id"], "seller_id": stand.shop.seller["id"], "title": "A house"}
    milestones = [{"title": title, "amount": "1.00"} for title in ("The ground floor", "The roof")]
    return Real(body=body | {"description": "As planned", "currency": "RUB", "milestones": milestones})


@recipe("GET /contracts/{contract_id}")
async def read_contract(stand: Stand) -> Real:
    return Real(path={"contract_id": (await stand.shop.contract())["id"]})


@recipe("POST /contracts/{contract_id}/confirmation")
@recipe("POST /contracts/{contract_id}/denial")
async def answer_a_contract(stand: Stand) -> Real:
    contract = await stand.shop.contract()
    return Real(path={"contract_id": contract["id"]}, body={"user_id": stand.shop.seller["id"]})


@recipe("POST /contracts/{contract_id}/retraction")
async def retract_a_contract(stand: Stand) -> Real:
    contract = await stand.shop.contract()
    return Real(path={"contract_id": contract["id"]}, body={"user_id": stand.shop.buyer["id"]})


@recipe("POST /contracts/{contract_id}/cancellation")
async def cancel_a_contract(stand: Stand) -> Real:
    contract = await stand.shop.contract()
    about = f"/contracts/{contract['id']}/confirmation"
    await stand.shop.api.client.make(about, {"user_id": stand.shop.seller["id"]})
    return Real(path={"contract_id": contract["id"]}, body={"user_id": stand.shop.buyer["id"]})


@recipe("POST /deals/{deal_id}/payments")
async def pay(stand: Stand) -> Real:
    body = {"account_id": stand.shop.account["id"], "amount": {"amount": "1.00", "currency": "RUB"}}
    return Real(path={"deal_id": (await stand.shop.deal())["id"]}, body=body)


@recipe("POST /payments/{payment_id}/cancellation")
@recipe("POST /payments/{payment_id}/codes")
async def about_a_payment(stand: Stand) -> Real:
    payment = await stand.shop.payment(await stand.shop.deal())
    async with stand.shop.api.database.transaction() as session:
        await session.execute(text(f"UPDATE codes SET {EARLIER} WHERE payment_id = :id"), {"id": payment["id"]})
    return Real(path={"payment_id": payment["id"]})


@recipe("POST /payments/{payment_id}/code-attempts")
async def submit(stand: Stand) -> Real:
    payment = await stand.shop.payment(await stand.shop.deal())
    return Real(path={"payment_id": payment["id"]}, body={"code": "ABCD-EFGH"})


@recipe("POST /payments/{payment_id}/payout-account")
async def name_payout_account(stand: Stand) -> Real:
    deal = await stand.shop.completed(credit="account_closed")
    account = await stand.shop.api.account(stand.shop.seller["id"], "003cdcdcdcdcd")
    return Real(path={"payment_id": deal["payments"][0]}, body={"account_id": account["id"]})


@recipe("POST /payments/{payment_id}/refund-account")
async def name_refund_account(stand: Stand) -> Real:
    deal = await stand.shop.completed()
    api, buyer = stand.shop.api, stand.shop.buyer["id"]
    refund = await api.client.refund(deal["id"], "dispute")
    await stand.shop.clawed_back(refund["id"], refused="account_closed")
    account = await api.account(buyer, "001cdcdcdcdcd")
    return Real(path={"payment_id": deal["payments"][0]}, body={"account_id": account["id"]})


@recipe("POST /deals/{deal_id}/status")
async def set_status(stand: Stand) -> Real:
    code = await new_status(stand.shop.api)
    path = {"deal_id": (await stand.shop.deal())["id"]}
    return Real(path=path, body={"status": code, "user_id": stand.shop.seller["id"]})


@recipe("POST /deals/{deal_id}/cancellation")
async def cancel(stand: Stand) -> Real:
    return Real(path={"deal_id": (await stand.shop.deal())["id"]}, body={"user_id": stand.shop.buyer["id"]})


@recipe("POST /deals/{deal_id}/cancellation/retraction")
async def retract_cancellation(stand: Stand) -> Real:
    deal = await stand.shop.deal()
    await stand.shop.held(deal, "400.00")
    await stand.shop.api.client.cancel_deal(deal["id"], stand.shop.buyer["id"])
    return Real(path={"deal_id": deal["id"]}, body={"user_id": stand.shop.buyer["id"]})


def _longer(stand: Stand) -> dict[str, Any]:
    return {"user_id": stand.shop.buyer["id"], "pay_by": utc(datetime.now(UTC) + timedelta(days=30))}


@recipe("POST /deals/{deal_id}/extension")
async def extend(stand: Stand) -> Real:
    return Real(path={"deal_id": (await stand.shop.deal())["id"]}, body=_longer(stand))


@recipe("POST /deals/{deal_id}/extension/retraction")
async def retract_extension(stand: Stand) -> Real:
    deal = await stand.shop.deal()
    await stand.shop.api.client.make(f"/deals/{deal['id']}/extension", _longer(stand))
    return Real(path={"deal_id": deal["id"]}, body={"user_id": stand.shop.buyer["id"]})


@recipe("POST /deals/{deal_id}/test-clock")
async def advance_clock(stand: Stand) -> Real:
    deal = await stand.shop.deal(
        pay_within_s=7 * 86_400
    )  # not over by the time of the example, which nobody would act on
    return Real(path={"deal_id": deal["id"]}, body={"seconds": 1})


@recipe("POST /deals/{deal_id}/acceptance")
async def accept(stand: Stand) -> Real:
    return Real(path={"deal_id": (await stand.shop.inspected())["id"]}, body={"user_id": stand.shop.buyer["id"]})


def _objection(stand: Stand) -> dict[str, Any]:
    return {"user_id": stand.shop.buyer["id"], "reason": "It is broken"}


@recipe("POST /deals/{deal_id}/dispute")
async def dispute(stand: Stand) -> Real:
    return Real(path={"deal_id": (await stand.shop.inspected())["id"]}, body=_objection(stand))


@recipe("POST /deals/{deal_id}/dispute/retraction")
async def retract_dispute(stand: Stand) -> Real:
    deal = await stand.shop.inspected()
    await stand.shop.api.client.make(f"/deals/{deal['id']}/dispute", _objection(stand))
    return Real(path={"deal_id": deal["id"]}, body={"user_id": stand.shop.buyer["id"]})


@recipe("POST /deals/{deal_id}/messages")
async def say(stand: Stand) -> Real:
    body = {"user_id": stand.shop.buyer["id"], "text": "Is it still there?"}
    return Real(path={"deal_id": (await stand.shop.deal())["id"]}, body=body)


@recipe("POST /deals/{deal_id}/chat/reading")
async def read_messages(stand: Stand) -> Real:
    deal = await stand.shop.deal()
    body = {"user_id": stand.shop.seller["id"], "text": "Yes"}
    await stand.shop.api.client.make(f"/deals/{deal['id']}/messages", body)
    return Real(path={"deal_id": deal["id"]}, body={"user_id": stand.shop.buyer["id"], "number": 1})


@recipe("POST /deals/{deal_id}/refunds")
async def refund(stand: Stand) -> Real:
    body = {"amount": {"amount": "1.00", "currency": "RUB"}, "cause": "seller", "reason": "A scratch"}
    return Real(
        path={"deal_id": (await stand.shop.completed())["id"]}, body=body | {"user_id": stand.shop.seller["id"]}
    )


@recipe("GET /refunds/{refund_id}")
async def read_refund(stand: Stand) -> Real:
    deal, seller = await stand.shop.completed(), stand.shop.seller["id"]
    made = await stand.shop.api.client.refund(deal["id"], "seller", "1.00", seller_id=seller)
    return Real(path={"refund_id": made["id"]})


@recipe("GET /deals/{deal_id}/closing-statement")
async def read_closing_statement(stand: Stand) -> Real:
    return Real(path={"deal_id": (await stand.shop.completed())["id"]})


@recipe("POST /deals/{deal_id}/checkout-links")
async def make_link(stand: Stand) -> Real:
    return Real(path={"deal_id": (await stand.shop.deal())["id"]}, body={"return_url": f"{RETURN_ORIGIN}/orders/1"})


@recipe("POST /users/{user_id}/accounts")
async def name_account(stand: Stand) -> Real:
    owner = await stand.banked.bank.new_client(1)
    user = await stand.shop.api.client.user("Olga", "olga@example.test")
    return Real(path={"user_id": user["id"]}, body={"number": owner.number, "currency": "RUB", "payout": False})


@recipe("POST /users/{user_id}/accounts/{account_id}/codes")
async def ask_whose_account_it_is(stand: Stand) -> Real:
    _, account = await _claimed(stand)
    return Real(path={"user_id": account["user_id"], "account_id": account["id"]})


@recipe("POST /users/{user_id}/accounts/{account_id}/test-clock")
async def advance_account_clock(stand: Stand) -> Real:
    _, account = await _claimed(stand)
    return Real(path={"user_id": account["user_id"], "account_id": account["id"]}, body={"seconds": 259_200})


@recipe("POST /users/{user_id}/accounts/{account_id}/confirmation")
async def confirm_account(stand: Stand) -> Real:
    owner, account = await _claimed(stand)
    path = {"user_id": account["user_id"], "account_id": account["id"]}
    return Real(path=path, body={"code": await stand.banked.code(account, owner)})


async def _claimed(stand: Stand) -> tuple[Party, Json]:
    owner = await stand.banked.bank.new_client(1)
    user = await stand.shop.api.client.user("Olga", "olga@example.test")
    return owner, await stand.banked.claim(user, owner)
