"""Withdrawals to an address over REST: what is refused, what is shown before the code, and who approves large ones."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from domain.errors import Unavailable
from domain.money import parse_money
from edge.sealing import Sealer
from market.actor import Actor
from market.withdrawals import begin_to_address
from store.chain.accounts import keep_accounts
from store.chain.addresses import add_to_pool
from store.mail.notices import sealing_context
from store.people.api_keys import issue_key
from store.people.operators import create_operator
from tests.fixtures.administration import browser, log_in, submit
from tests.fixtures.chain import CONTRACT
from tests.fixtures.market import Api
from tests.fixtures.market_client import Json, MarketClient
from tests.fixtures.party_wallets import newest_sealed
from tests.fixtures.people import People
from tests.fixtures.signer import OUR_ACCOUNTS, THEIR_ADDRESS
from tests.fixtures.wallets import Wallets, deposit

MAIN, GAS = OUR_ACCOUNTS.values()
DERIVED = "TYJPRrdB5APNeRs4R7fYZSwW3TcrTKw2gx"  # the next address of the same seed


def usdt(amount: str, address: str = THEIR_ADDRESS) -> Json:
    return {"address": address, "amount": {"amount": amount, "currency": "USDT"}}


@pytest_asyncio.fixture(loop_scope="session")
async def owner(wallets: Wallets) -> tuple[str, MarketClient]:
    """A wallet with 5,000 USDT and its owner, where the platform's addresses are known."""
    rubles, caller = await wallets.person()
    user = (await caller.read(f"/wallets/{rubles}"))["user_id"]
    wallet: str = (await caller.make(f"/users/{user}/wallets", {"currency": "USDT"}))["wallet_id"]
    await wallets.payment_system.make("/deposits", deposit(wallet, "5000", "USDT"))
    async with wallets.api.database.transaction() as session:
        await keep_accounts(session, OUR_ACCOUNTS)
        await add_to_pool(session, 5_000, [DERIVED])  # others have the first ones
    return wallet, caller


async def code_of(api: Api, wallet: str) -> str:
    async with api.database.transaction() as session:
        sealed = await newest_sealed(session)
    return Sealer(api.settings.sealing_key_bytes).open(sealed, sealing_context(UUID(wallet)))


async def operator(api: Api, name: str, *, approver: bool) -> MarketClient:
    async with api.database.transaction() as session:
        made = await create_operator(session, name, approver=approver)
        return api.caller(await issue_key(session, api.settings.pepper_bytes, operator_id=made.id))


async def confirmed(api: Api, owner: tuple[str, MarketClient], amount: str) -> Json:
    wallet, caller = owner
    begun = await caller.make(f"/wallets/{wallet}/withdrawals", usdt(amount))
    code = await code_of(api, wallet)
    found: Json = await caller.make(f"/withdrawals/{begun['withdrawal_id']}/confirmation", {"code": code})
    return found


async def test_the_fee_is_shown_before_the_code_and_the_code_is_for_that_address(
    wallets: Wallets, owner: tuple[str, MarketClient]
) -> None:
    wallet, caller = owner
    begun = await caller.make(f"/wallets/{wallet}/withdrawals", usdt("100"))
    assert (begun["state"], begun["gateway"], begun["account"]) == ("awaiting_code", "usdt_tron", THEIR_ADDRESS)
    assert [begun[name]["amount"] for name in ("amount", "fee", "total")] == ["100.000000", "2.000000", "102.000000"]
    shown = await caller.read(f"/wallets/{wallet}")
    assert (shown["available"]["amount"], shown["held"]["amount"]) == ("4898.000000", "102.000000")
    code = await code_of(wallets.api, wallet)
    other = await caller.make(f"/wallets/{wallet}/withdrawals", usdt("100"))
    wrong = await caller.post(f"/withdrawals/{other['withdrawal_id']}/confirmation", {"code": code})
    assert wrong.json()["code"] == "code_rejected"
    done = await caller.make(f"/withdrawals/{begun['withdrawal_id']}/confirmation", {"code": code})
    assert (done["state"], done["transaction"]) == ("paying", None)


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (usdt("100", THEIR_ADDRESS[:-1] + "4"), 422, "invalid_address", "address"),
        (usdt("100", "0x" + "a" * 40), 422, "invalid_address", "address"),
        (usdt("100", MAIN), 409, "address_not_allowed", "address"),
        (usdt("100", GAS), 409, "address_not_allowed", "address"),
        (usdt("100", DERIVED), 409, "address_not_allowed", "address"),
        (usdt("100", CONTRACT), 409, "address_not_allowed", "address"),
        (usdt("9.999999"), 409, "below_minimum", "amount"),
        (usdt("10000.000001"), 409, "above_maximum", "amount"),
        (usdt("4998.000001"), 409, "insufficient_funds", "amount"),
        ({**usdt("100"), "account_id": "01890a5d-ac96-774b-bcce-b302099a8057"}, 422, "invalid_field", None),
        ({"amount": usdt("100")["amount"]}, 422, "invalid_field", None),
    ],
)
async def test_what_cannot_be_sent_is_refused_by_name_and_nothing_is_held(
    owner: tuple[str, MarketClient], body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    wallet, caller = owner
    refused = await caller.post(f"/wallets/{wallet}/withdrawals", body)
    said = refused.json()
    assert (refused.status_code, said["code"], said.get("field")) == (status, code, field)
    assert (await caller.read(f"/wallets/{wallet}"))["held"]["amount"] == "0.000000"


async def test_without_a_node_nothing_is_sent(owner: tuple[str, MarketClient], wallets: Wallets) -> None:
    settings, (wallet, _) = wallets.api.settings, owner
    sealer, pepper = Sealer(settings.sealing_key_bytes), settings.pepper_bytes
    actor, money = Actor(wallets.api.marketplace_id), parse_money("100", "USDT")
    async with wallets.api.database.transaction() as session:
        with pytest.raises(Unavailable, match="gateway_unavailable"):
            await begin_to_address(session, actor, UUID(wallet), THEIR_ADDRESS, money, None, sealer, pepper)


@pytest.mark.parametrize(
    ("approve", "state", "held"), [(True, "paying", "1003.000000"), (False, "refused", "0.000000")]
)
async def test_a_large_amount_waits_for_an_approver_and_nobody_else(
    wallets: Wallets, owner: tuple[str, MarketClient], approve: bool, state: str, held: str
) -> None:
    api, (wallet, caller) = wallets.api, owner
    paul, anna = [await operator(api, name, approver=name == "Anna") for name in ("Paul", "Anna")]
    waiting = await confirmed(api, owner, "1001")
    path = f"/withdrawals/{waiting['withdrawal_id']}"
    assert waiting["state"] == "awaiting_approval"
    assert [one["withdrawal_id"] for one in (await paul.read("/withdrawal-approvals"))["items"]] == [
        waiting["withdrawal_id"]
    ]
    assert (await paul.post(f"{path}/approval", {"approve": True})).json()["code"] == "approver_key_needed"
    assert (await caller.post(f"{path}/approval", {"approve": True})).json()["code"] == "operator_key_needed"
    decided = await anna.make(f"{path}/approval", {"approve": approve})
    assert decided["state"] == state
    assert decided["refused_code"] == (None if approve else "not_approved")
    assert (await caller.read(f"/wallets/{wallet}"))["held"]["amount"] == held
    again = await anna.post(f"{path}/approval", {"approve": approve})
    assert (again.status_code, again.json()["code"]) == (409, "not_to_be_approved")
    assert (await paul.read("/withdrawal-approvals"))["items"] == []
    for each in (paul, anna):
        await each.aclose()


async def test_the_owner_may_cancel_while_an_approver_is_awaited(
    wallets: Wallets, owner: tuple[str, MarketClient]
) -> None:
    wallet, caller = owner
    waiting = await confirmed(wallets.api, owner, "2000")
    ended = await caller.make(f"/withdrawals/{waiting['withdrawal_id']}/cancellation", {})
    assert ended["state"] == "cancelled"
    assert (await caller.read(f"/wallets/{wallet}"))["held"]["amount"] == "0.000000"


async def test_at_admin_an_approver_decides_once_and_no_other_administrator_does(
    wallets: Wallets, owner: tuple[str, MarketClient], people: People
) -> None:
    waiting = (await confirmed(wallets.api, owner, "1001"))["withdrawal_id"]
    path = f"/admin/withdrawal-approvals/{waiting}"
    async with browser(people.api) as client:
        await log_in(client, await people.staff(administrator=True))
        refused = await submit(client, path, "/admin/withdrawal-approvals", decision="approve")
    assert (refused.status_code, "Only an approver can approve" in refused.text) == (403, True)
    async with browser(people.api) as client:
        await log_in(client, await people.staff(approver=True, administrator=True))
        answers = [
            await submit(client, path, "/admin/withdrawal-approvals", decision=word)
            for word in ("both", "approve", "approve", "reject")
        ]
    assert [answer.status_code for answer in answers] == [422, 303, 303, 409]
    assert (await owner[1].read(f"/withdrawals/{waiting}"))["state"] == "paying"
