"""A buyer whose account was closed names another target for the refund on the page of the deal."""

from __future__ import annotations

from uuid import UUID

from store.wallets.wallets import wallet_for
from tests.fixtures.cabinet import Cabinet


async def test_a_buyer_redirects_a_refund_to_a_wallet_when_the_paying_account_is_closed(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    async with cabinet.market.database.transaction() as session:
        wallet = await wallet_for(session, UUID(buyer.user_id), "RUB")
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await buyer.pay(deal)
    await cabinet.market.bank.post(f"/accounts/{buyer.number}/closure", {})
    await seller.read(f"/deals/{deal}")
    await seller.until("Completed")
    await seller.send(f"/deals/{deal}/refund", amount="100", reason="A scratch")

    await buyer.read(f"/deals/{deal}")
    said = await buyer.until("Where should")
    assert "The account that you paid from is closed. The money is safe" in said
    await seller.read(f"/deals/{deal}")
    assert "Where should" not in seller.words
    for _ in range(5):
        await buyer.send(f"/deals/{deal}/refund-account", source=f"wallet/{wallet.id}")
        if buyer.at == f"/deals/{deal}":
            break  # else the deal changes between the look and the button, and the form is shown again
    said = await buyer.until("A refund is done")
    assert "Where should" not in said
    assert "101" in await buyer.read(f"/my/wallets/{wallet.id}") or "100.00" in buyer.words
