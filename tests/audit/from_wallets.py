"""A deal of the world that was paid from a wallet, and clawed back after the seller had spent the money."""

from __future__ import annotations

from uuid import UUID

from domain.money import Money
from edge.codes import normalise
from edge.sealing import Sealer
from market.codes import record_code, record_debit
from market.payments import record_operation
from rails.wallet_rail import WalletRail
from store.deals.deals import deal_of
from store.mail.mails import claim_mails, open_mail
from store.payments.codes import attempts_of
from store.payments.payments import payment_of
from store.wallets.confirmation_codes import CodeRules
from store.wallets.movements import Moved, Transfer, carry_out
from store.wallets.wallets import wallet_for
from tests.fixtures.bank import read_code
from tests.fixtures.market import Api
from tests.fixtures.party_wallets import give
from tests.fixtures.shop import Shop


async def pay_from_wallet(shop: Shop, sealer: Sealer, deal: str) -> str:
    """The payment, held: with the platform's own code, redeemed by the rail that the product has."""
    api = shop.api
    async with api.database.transaction() as session:
        wallet = await wallet_for(session, UUID(shop.buyer["id"]), "RUB")
        await give(session, wallet.id, "100.00")
    payment = str((await api.client.make(f"/deals/{deal}/payments", {"wallet_id": str(wallet.id)}))["id"])
    async with api.database.transaction() as session:
        row = await payment_of(session, None, UUID(payment))
        about = await deal_of(session, None, row.deal_id)
    rail = WalletRail(api.database, sealer, CodeRules(b"pepper"))
    opened = await rail.open_operation(about, row)
    async with api.database.transaction() as session:
        await record_operation(session, row.id, opened)
    sent = await rail.request_code(row, opened.operation or "", 1)
    async with api.database.transaction() as session:
        await record_code(session, row.id, 1, sent)
    async with api.database.transaction() as session:
        [claimed] = await claim_mails(session, 1)
    assert claimed.parts[0].key == f"payment/{payment}/code/1"
    mail = open_mail(sealer, claimed.recipient, claimed.parts[0])
    code = read_code(mail.text)
    await api.client.submit(payment, code)
    async with api.database.transaction() as session:
        row = await payment_of(session, None, UUID(payment))
        [attempt] = await attempts_of(session, row.id)
    answer = await rail.debit(row, attempt, normalise(code), None)
    async with api.database.transaction() as session:
        await record_debit(session, row.id, attempt.number, answer)
    return payment


async def spend(api: Api, payer: str, payee: str, minor: int) -> None:
    async with api.database.transaction() as session:
        one, two = await wallet_for(session, UUID(payer), "RUB"), await wallet_for(session, UUID(payee), "RUB")
        order = Transfer("test", payer, api.marketplace_id, one.id, two.id, Money(minor, "RUB"), "")
        [moved] = await carry_out(await session.connection(), [order])
        assert isinstance(moved, Moved)


async def services(shop: Shop) -> tuple[dict[str, str], dict[str, str]]:
    """Deals and payments by name: a service that its buyer's wallet has paid, and one that waits for money in it."""
    client, deals = shop.api.client, dict[str, str]()
    buyer = await client.user("Bruno", f"bruno-{shop.buyer['email']}")
    async with shop.api.database.transaction() as session:
        await give(session, (await wallet_for(session, UUID(buyer["id"]), "RUB")).id, "30.00")
    for name, price in (("taken", "30.00"), ("waiting", "40.00")):
        deal = await client.propose(buyer["id"], shop.seller["id"], price, from_wallet=True)
        await client.confirm(deal["id"], shop.seller["id"])
        deals[name] = deal["id"]
    [payment] = (await client.deal(deals["taken"]))["payments"]
    return deals, {"taken": payment}
