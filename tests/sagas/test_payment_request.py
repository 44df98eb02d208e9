"""Requests for payment as workflows: they wait for a word, and end when the database's clock says it is too late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.errors import Conflict
from store.wallets.payment_requests import confirm, decline, request_of
from tests.fixtures.party_wallets import ask, notices, signal, wallet_of, wallet_state
from tests.fixtures.sagas import Market, eventually


async def test_a_request_ends_with_the_payers_word_or_with_its_time(market: Market) -> None:
    payee_party, payer_party = await market.party(1, None), await market.party(2, None)
    payee, payer = await wallet_of(market, payee_party), await wallet_of(market, payer_party, "100.00")
    confirmed, declined, late = [await ask(market, payee, payer) for _ in range(3)]
    async with market.database.transaction() as session:
        await confirm(session, await request_of(session, None, confirmed.id, lock=True))
        await decline(session, await request_of(session, None, declined.id, lock=True))
    await signal(market, confirmed)
    await market.redrive()  # the other one's signal was lost
    for row, state in ((confirmed, "confirmed"), (declined, "declined")):
        described = await eventually(
            market.workflow(row).describe, lambda seen: seen.close_time is not None, f"the end of {state}"
        )
        assert (described.status.name if described.status else None, (await market.now(row)).state) == (
            "COMPLETED",
            state,
        )
    await market.environment.fast_forward(market.workflow(late), timedelta(minutes=61))
    assert (await market.now(late)).state == "asked"
    await market.pass_time(late, timedelta(minutes=61))
    await market.until(late, "expired")
    with pytest.raises(Conflict, match="request_expired"):
        async with market.database.transaction() as session:
            await confirm(session, await request_of(session, None, late.id, lock=True))
    assert (await wallet_state(market, payee), await wallet_state(market, payer)) == (
        "30.00, 0.00 held",
        "70.00, 0.00 held",
    )
    assert await notices(market, payee.id) == ["request_confirmed", "request_declined", "request_expired"]
    assert await notices(market, payer.id) == ["request_asked"] * 3 + ["request_expired"]
