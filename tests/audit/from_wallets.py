"""A deal of the world that was paid from a wallet, and clawed back after the seller had spent the money."""

from __future__ import annotations

from uuid import UUID

from domain.money import Money
from edge.sealing import Sealer
from payloads.payment import AttemptRef, CodeAnswer, CodeRef, DebitAnswer, OperationAnswer, PaymentRef
from store.mails import claim_mails, open_mail
from store.movements import Deposit, Moved, Transfer, carry_out
from store.wallets import wallet_for
from tests.fixtures.bank import read_code
from tests.fixtures.market import Api
from tests.fixtures.shop import Shop


async def pay_from_wallet(shop: Shop, sealer: Sealer, deal: str) -> str:
    """The payment, held: with the platform's own code, redeemed by the rail that the product has."""
    api, payments, codes = shop.api, shop.payments, shop.codes
    async with api.database.transaction() as session:
        wallet = await wallet_for(session, UUID(shop.buyer["id"]), "RUB")
        gifts = [Deposit("test", deal, "test", wallet.id, Money(100_00, "RUB"), "")]
        [moved] = await carry_out(await session.connection(), gifts)
        assert isinstance(moved, Moved)
    payment = str((await api.client.make(f"/deals/{deal}/payments", {"wallet_id": str(wallet.id)}))["id"])
    await payments.record_operation(OperationAnswer(payment, await payments.open_operation(PaymentRef(payment))))
    code = CodeRef(payment, 1)
    await codes.record_code(CodeAnswer(code, await codes.request_code(code)))
    async with api.database.transaction() as session:
        [claimed] = await claim_mails(session, 1)
    assert claimed.parts[0].key == f"payment/{payment}/code/1"
    mail = open_mail(sealer, claimed.recipient, claimed.parts[0])
    submitted = await api.client.submit(payment, read_code(mail.text))
    attempt = AttemptRef(payment, submitted["attempt"]["number"])
    await codes.record_debit(DebitAnswer(attempt, await codes.debit(attempt)))
    return payment


async def spend(api: Api, payer: str, payee: str, minor: int) -> None:
    async with api.database.transaction() as session:
        one, two = await wallet_for(session, UUID(payer), "RUB"), await wallet_for(session, UUID(payee), "RUB")
        order = Transfer("test", payer, api.marketplace_id, one.id, two.id, Money(minor, "RUB"), "")
        [moved] = await carry_out(await session.connection(), [order])
        assert isinstance(moved, Moved)
