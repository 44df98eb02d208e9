"""Sending USDT to an address at the pages: limits and fee are shown, and a wrong address is said beside its field."""

from __future__ import annotations

import re
from uuid import UUID

from store.chain.accounts import keep_accounts
from store.wallets.wallets import wallet_for
from tests.fixtures.cabinet import Cabinet, cabinet
from tests.fixtures.party_wallets import give
from tests.fixtures.signer import OUR_ACCOUNTS, THEIR_ADDRESS

__all__ = ["cabinet"]


async def test_limits_and_fee_are_shown_and_the_code_page_shows_the_address(cabinet: Cabinet) -> None:
    anna = await cabinet.client("Anna", 2)
    async with cabinet.market.database.transaction() as session:
        opened = await wallet_for(session, UUID(anna.user_id), "USDT")
        await give(session, opened.id, "100", currency="USDT")
        await keep_accounts(session, OUR_ACCOUNTS)
    wallet = f"/my/wallets/{opened.id}"
    await anna.read(f"{wallet}/withdrawals")
    assert "The fee of 2.000000 USDT is added" in anna.words
    form = f"{wallet}/withdrawals/address"
    await anna.send(form, address=f"{THEIR_ADDRESS[:-1]}4", amount="50")
    assert re.search(r'id="address-error">This is not a TRON address', anna.page.text)
    await anna.send(form, address=THEIR_ADDRESS, amount="99")
    assert 'id="amount-error">' in anna.page.text
    await anna.send(form, address=THEIR_ADDRESS, amount="50")
    assert all(word in anna.words for word in (THEIR_ADDRESS, "To the TRON address", "52.000000 USDT"))
