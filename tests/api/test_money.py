"""Where each cent is, and the statement that a deal ends with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from payloads.closing import OperationLine
from store.deals.closings import close_books
from store.deals.deals import lock_deal
from store.payments.payments import payments_of
from store.payments.steps import steps_of_payments
from tests.fixtures.closing import balance
from tests.fixtures.market_client import Json
from tests.fixtures.shop import Shop


def rub(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "RUB"}


def places(payment: Json) -> dict[str, Any]:
    return {place["where"]: place["amount"]["amount"] for place in payment["places"]}


async def _held(shop: Shop) -> tuple[Json, Json]:
    deal = await shop.deal("500.00")
    payment = await shop.payment(deal)
    await shop.api.client.submit(payment["id"], "ABCDEFGH")
    await shop.debited(payment, 1)
    return deal, payment


async def test_an_open_deal_says_what_is_awaited_from_whom_until_when_and_what_if_nothing_comes(shop: Shop) -> None:
    deal = await shop.deal("500.00")
    money = await shop.api.client.read(f"/deals/{deal['id']}/money")
    words = money["status_text"]
    assert (words["awaits"], words["from_whom"], words["until"]) == ("the price", "the buyer", deal["pay_by"])
    assert words["headline"] == "Waiting for the buyer's money"
    assert "the deal expires" in words["otherwise"]
    assert (money["price"], money["payments"]) == (rub("500.00"), [])


async def test_each_cent_of_a_payment_is_in_one_place_and_the_commission_is_for_operators(shop: Shop) -> None:
    deal, payment = await _held(shop)
    [held] = (await shop.api.client.read(f"/deals/{deal['id']}/money"))["payments"]
    assert places(held) == {"held_at_the_payers_bank": "510.00"}
    await shop.assessed(deal)
    await shop.carried_out(payment)
    await shop.assessed(deal)
    [seen] = (await shop.api.client.read(f"/deals/{deal['id']}/money"))["payments"]
    [shown] = (await shop.api.operator.read(f"/deals/{deal['id']}/money"))["payments"]
    assert places(seen) == {"with_the_seller": "500.00", "fee_of_the_payers_bank": "10.00"}
    assert places(shown) == {"with_the_seller": "475.00", "commission": "25.00", "fee_of_the_payers_bank": "10.00"}
    assert seen["status_text"]["awaits"] is None


async def test_payables_wait_for_another_account_of_the_seller(shop: Shop) -> None:
    deal, payment = await _held(shop)
    await shop.assessed(deal)
    await shop.carried_out(payment, credit="account_closed")
    money = await shop.api.operator.read(f"/deals/{deal['id']}/money")
    assert places(money["payments"][0])["owed_to_the_seller"] == "475.00"
    assert (money["payments"][0]["status_text"]["awaits"], money["payments"][0]["status_text"]["from_whom"]) == (
        "another account",
        "the seller",
    )


async def test_a_statement_has_a_line_for_each_item_and_is_for_operators(shop: Shop) -> None:
    deal, payment = await _held(shop)
    await shop.assessed(deal)
    await shop.carried_out(payment)
    path = f"/deals/{deal['id']}/closing-statement"
    statement = await shop.api.operator.read(path)
    assert [(line["item"], line["books"]["amount"], line["banks"]) for line in statement["lines"]] == [
        ("commission", "25.00", None),
        ("paid_out", "475.00", None),
        ("taken", "510.00", None),
    ]
    assert (statement["balanced"], statement["compared_at"]) == (False, None)
    assert statement["totals"]["fees"] == rub("10.00")
    assert (await shop.api.client.get(path)).json()["code"] == "operator_key_needed"
    other = await shop.api.other_marketplace()
    assert (await other.get(f"/deals/{deal['id']}/money")).json()["code"] == "unknown_deal"
    await other.aclose()


async def test_a_statement_balances_when_books_and_banks_agree_and_no_more_once_the_books_have_moved_on(
    shop: Shop,
) -> None:
    deal, payment = await _held(shop)
    await shop.assessed(deal)
    path, id_ = f"/deals/{deal['id']}/closing-statement", UUID(deal["id"])
    async with shop.api.database.transaction() as session:
        await balance(session, id_)  # of before: nothing had moved, neither in the books nor at the banks
    await shop.carried_out(payment)
    moved_on = await shop.api.operator.read(path)
    assert not moved_on["balanced"]
    lines = [line for line in moved_on["lines"] if line["books"] != line["banks"]]
    assert len(lines) == len(moved_on["differences"]) == 3
    assert "taken: the books say 510.00 RUB, the banks 0.00 RUB" in " ".join(moved_on["differences"])

    own = f"operation of {payment['id']}"
    shown = [
        OperationLine(own, "debit", "success", 50000, 1000),
        OperationLine("c", "credit", "success", 47500, 0, False, own),
        OperationLine("d", "credit", "success", 2500, 0, True, own),
    ]
    async with shop.api.database.transaction() as session:
        payments = await payments_of(session, id_)
        steps = await steps_of_payments(session, payments)
        await close_books(session, await lock_deal(session, id_), payments, steps, shown)
    agreed = await shop.api.operator.read(path)
    assert (agreed["balanced"], agreed["differences"]) == (True, [])
    assert all(line["books"] == line["banks"] for line in agreed["lines"])
