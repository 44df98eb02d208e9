"""Holds between wallets: who may do what with them, parts, lists; no capture after they expire."""

from __future__ import annotations

import asyncio

import pytest

from activities.expiry import ExpiryActivities
from tests.fixtures.market_client import Json
from tests.fixtures.wallets import Wallets, transfer


async def _hold(wallets: Wallets, payer: str, payee: str, amount: str = "40.00", expires_in_s: int = 3600) -> Json:
    return await wallets.api.client.make("/holds", transfer(payer, payee, amount) | {"expires_in_s": expires_in_s})


@pytest.mark.source("wallet:25")
async def test_a_part_is_captured_and_the_rest_is_the_payers_again(wallets: Wallets) -> None:
    payer, payee = await wallets.wallet("100.00"), await wallets.wallet()
    hold = await _hold(wallets, payer, payee)
    shown = await wallets.read(payer)
    assert [shown[name]["amount"] for name in ("balance", "available", "held")] == ["100.00", "60.00", "40.00"]
    too_much = await wallets.transfer(payer, payee, "60.01")
    assert (too_much.status_code, too_much.json()["code"]) == (409, "insufficient_funds")
    path = f"/holds/{hold['hold_id']}/capture"
    more = await wallets.api.client.post(path, {"amount": {"amount": "40.01", "currency": "RUB"}})
    assert (more.status_code, more.json()["code"], more.json()["field"]) == (409, "exceeds_hold", "amount")
    done = await wallets.api.client.make(path, {"amount": {"amount": "15.00", "currency": "RUB"}})
    assert (done["state"], done["captured"]["amount"]) == ("captured", "15.00")
    again = await wallets.api.client.post(path, {})
    assert (again.status_code, again.json()["code"]) == (409, "hold_ended")
    assert (await wallets.balance(payer), await wallets.balance(payee)) == ("85.00", "15.00")
    assert (await wallets.read(payer))["available"]["amount"] == "85.00"


async def test_clients_hold_from_their_own_wallet_and_only_the_payee_captures_or_voids(wallets: Wallets) -> None:
    (payer, payers), (payee, payees) = await wallets.person("100.00"), await wallets.person()
    _, strangers = await wallets.person()
    body = transfer(payer, payee, "10.00") | {"expires_in_s": 60}
    theirs = await payees.post("/holds", body)
    assert (theirs.status_code, theirs.json()["code"]) == (404, "unknown_wallet")
    holds = [await payers.make("/holds", body) for _ in range(2)]
    first, second = [f"/holds/{hold['hold_id']}" for hold in holds]
    for path in (f"{first}/capture", f"{first}/void"):
        replies = [await someone.post(path, {}) for someone in (payers, strangers)]
        assert [reply.json()["code"] for reply in replies] == ["other_party", "unknown_hold"]
    assert (await payees.make(f"{first}/capture", {}))["state"] == "captured"
    assert (await payees.make(f"{second}/void", {}))["state"] == "voided"
    for someone, wallet in ((payers, payer), (payees, payee)):
        page = await someone.read(f"/wallets/{wallet}/holds", limit=1)
        rest = await someone.read(f"/wallets/{wallet}/holds", limit=1, after=page["next"])
        listed = [one["hold_id"] for one in page["items"] + rest["items"]]
        assert (listed, rest["next"]) == ([hold["hold_id"] for hold in holds], None)
    assert (await strangers.get(f"/wallets/{payer}/holds")).status_code == 404
    assert (await strangers.get(first)).status_code == 404
    assert (await wallets.balance(payer), await wallets.balance(payee)) == ("90.00", "10.00")


async def test_after_it_expires_nothing_is_captured_and_everything_is_freed(wallets: Wallets) -> None:
    payer, payee = await wallets.wallet("100.00"), await wallets.wallet()
    hold, stays = await _hold(wallets, payer, payee, expires_in_s=1), await _hold(wallets, payer, payee, "1.00")
    path = f"/holds/{hold['hold_id']}"
    await wallets.over("holds", hold["hold_id"])
    late = await wallets.api.client.post(f"{path}/capture", {})
    assert (late.status_code, late.json()["code"]) == (409, "hold_expired")
    expiry = ExpiryActivities(wallets.api.database)
    freed = await asyncio.gather(*(expiry.expire_holds() for _ in range(4)))
    assert sum(freed) >= 1
    assert (await wallets.api.client.read(path))["state"] == "expired"
    assert (await wallets.api.client.read(f"/holds/{stays['hold_id']}"))["state"] == "open"
    shown = await wallets.read(payer)
    assert [shown[name]["amount"] for name in ("balance", "available", "held")] == ["100.00", "99.00", "1.00"]
    assert (await wallets.api.client.post(f"{path}/void", {})).json()["code"] == "hold_ended"
    assert await wallets.balance(payee) == "0.00"
