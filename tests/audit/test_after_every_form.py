"""After every form of the pages and of /admin was sent, the whole audit finds nothing in any of the three stores."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from pydantic import SecretStr

from audit import market as market_checks
from tests.audit import form_deals, form_people, form_suspense
from tests.audit.form_world import NO_GRACE, Ground, all_forms
from tests.audit.story import found
from tests.audit.test_market import reported
from tests.fixtures.bank import RunningBank
from tests.fixtures.cabinet import Open
from tests.fixtures.databases import Databases
from tests.fixtures.growth import collected, look_for_work, whole_reads

# Statements of this test, not of the product.
ITS_OWN = (
    "\nSELECT 'deal/' || id FROM deals WHERE final_at IS NOT NULL",
    "SELECT id FROM offers WHERE CAST(seller_id",
    "SELECT id FROM payment_requests ORDER",
    "SELECT id FROM users",
    "SELECT address FROM chain_addresses WHERE top_up_id IS NULL",
    "SELECT max(id::text)::uuid FROM operators",
    "UPDATE statement_reads SET due_at = clock_timestamp()",
)


@pytest_asyncio.fixture(loop_scope="session")
async def ground(open_cabinet: Open, bank: RunningBank) -> AsyncIterator[Ground]:
    """A separate market and bank: everything that an audit finds there comes from this test."""
    async with open_cabinet(bank, Ground, test_bank_key=SecretStr(bank.admin_key)) as made:
        yield made


# No form sends to the chain, reads it or lets a top-up expire: the sagas and `tests/audit/wallet_rows.py` do. The only
# webhook endpoint is deleted.
OF_NO_FORM = {
    "top_ups_end_after_reading",
    "outgoing_transactions_are_numbered",
    "network_fees_follow_receipts",
    "sweeps_follow_lines",
    "sweep_lines_follow_transfers",
    "the_chain_is_read",
    "webhooks_move_on",
}


@pytest.mark.timeout(1800)  # some hundred forms, on however busy a machine
async def test_after_every_form_the_whole_audit_finds_nothing_and_no_statement_reads_a_growing_table_whole(
    ground: Ground, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collected(monkeypatch) as statements:
        await _send_every_form(ground)
        await ground.come_to_rest()
        await look_for_work(ground.market.database)
    report = await ground.audit()
    assert found(report) == {} and report.clean
    assert {result.name for result in report.results if not result.examined} == OF_NO_FORM

    database = databases.named(ground.market.database.engine.url.database or "")
    found_whole = await whole_reads(database.superuser_url, statements)
    assert {text: tables for text, tables in found_whole.items() if not text.startswith(ITS_OWN)} == {}


async def _send_every_form(ground: Ground) -> None:
    assert ground.never_taken() == all_forms() != []
    administrator = await ground.administrator()
    await form_people.settings(ground, administrator)
    await form_people.bank_client(ground, administrator)
    seller, buyer, klaus = [
        await ground.client(name, bank, "20000.00") for name, bank in (("Sonja", 2), ("Boris", 1), ("Klaus", 1))
    ]
    nina = await form_people.signed_up(ground, "Nina New", "nina@example.test")
    wallet = await form_people.with_test_money(ground, nina)
    await form_people.corrected(ground, nina, wallet)
    await form_people.between_wallets(ground, nina, buyer, wallet)
    await form_people.withdrawals(ground, nina, wallet)
    await form_people.topped_up(ground, nina)
    await form_people.withdrawn_to_an_address(ground, nina)
    await form_suspense.resolved(ground, administrator, wallet.rsplit("/", 1)[1])
    await form_people.webhook_endpoint(ground, administrator)

    offer = await ground.on_sale(seller, quantity=20)
    inspected = await ground.on_sale(seller, quantity=5, terms=form_deals.INSPECTION)
    await form_deals.sold_and_changed(ground, seller, buyer, administrator)
    await form_deals.paid_in_parts(ground, seller, nina, offer, wallet.rsplit("/", 1)[1])
    await form_deals.inspected(ground, seller, buyer, administrator, inspected)
    await form_deals.not_paid(ground, buyer, offer)
    await form_deals.refunded_elsewhere(ground, seller, klaus, offer)
    await form_deals.paid_behind_a_link(ground, buyer, offer)
    await form_deals.contracts(seller, buyer)
    await form_deals.services(seller, buyer)

    await form_people.new_password(ground, nina)
    await form_people.new_email(ground, nina, "nina.new@example.test")
    await form_people.new_email(ground, buyer, "stolen@example.test", keep=True)
    await administrator.read("/admin/disputes")
    await administrator.send("/admin/logout")

    assert ground.never_taken() == []


@pytest.mark.timeout(600)
async def test_an_offer_that_is_changed_after_it_was_sold_leaves_nothing_for_the_audit(ground: Ground) -> None:
    seller, buyer = await ground.client("Sonja", 2), await ground.client("Boris", 1)
    offer = await ground.on_sale(seller, quantity=5)
    shop, staff = ground.served.shop, ground.served.operator
    changes = ({"price": "1,234.00"}, {"quantity": "9"}, {"quantity": "2"}, {"quantity": "0"})
    for fields in changes:
        await shop.buy(offer["id"], buyer.user_id)
        await form_deals.change(seller, offer["id"], **fields)
        if "price" in fields:
            await staff.moderate(offer["id"])
        for on_sale in (False, True):
            assert (await shop.put(f"/offers/{offer['id']}/on-sale", {"on_sale": on_sale})).is_success
    await form_deals.change(seller, offer["id"], quantity="4")
    await buyer.buy(offer)
    [(left, deals)] = await ground.rows("SELECT quantity, (SELECT count(*) FROM deals) FROM offers")
    assert (left, deals) == (3, 5)
    async with ground.market.database.engine.connect() as fresh:
        results = await market_checks.examine(fresh, datetime.now(UTC), NO_GRACE)
    assert reported(results) == {}
