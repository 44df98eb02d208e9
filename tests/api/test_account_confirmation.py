"""An account can be used once its owner has entered a code from the bank: nobody can use, or flood, another's."""

from __future__ import annotations

from uuid import UUID

import httpx

from tests.fixtures.banked import Banked, banked, both_programs, path_of
from tests.fixtures.market import Api
from tests.fixtures.market_client import Json, new_key
from tests.fixtures.shop import new_number

__all__ = ["banked", "both_programs"]

WRONG = "AAAA-AAAA"


def _outcome(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


async def _deal(banked: Banked, seller: Json, buyer: Json) -> Json:
    offer = await banked.api.client.offer(seller["id"], "1000.00")
    await banked.api.operator.moderate(offer["id"])
    return await banked.api.client.buy(offer["id"], buyer["id"])


async def _cooled(banked: Banked) -> None:
    """The time has passed after which a user who has sold something is paid to another account."""
    await banked.api.rows("UPDATE accounts SET payout_from = clock_timestamp() WHERE payout_from > now() RETURNING id")


async def test_an_account_pays_and_is_paid_only_after_its_owners_code(banked: Banked) -> None:
    client, owner = banked.api.client, await banked.bank.new_client(1)
    seller = await client.user("Sonja", "sonja@example.test")
    user = await client.user("Boris", "another-address@example.test")
    account = await banked.claim(user, owner, payout=True)
    assert (account["state"], account["confirmed_at"]) == ("unconfirmed", None)
    deal = await _deal(banked, seller, user)
    pay = f"/deals/{deal['id']}/payments", {"account_id": account["id"]}
    assert _outcome(await client.post(*pay)) == (409, "account_unconfirmed")
    wallet = (await client.make(f"/users/{user['id']}/wallets", {"currency": "RUB"}))["wallet_id"]
    out = {"account_id": account["id"], "amount": {"amount": "1.00", "currency": "RUB"}}
    assert _outcome(await client.post(f"/wallets/{wallet}/withdrawals", out)) == (409, "account_unconfirmed")
    sold = await _deal(banked, user, seller)  # sold by the user, so not paid to an account that may be anybody's
    payees = "SELECT payee_bank FROM deals WHERE id = :id"
    assert await banked.api.rows(payees, id=UUID(sold["id"])) == [(0,)]

    code, path = await banked.code(account, owner), f"{path_of(account)}/confirmation"
    key = new_key()
    wrong = [await client.post(path, {"code": WRONG}, key=key) for _ in range(2)]
    assert [_outcome(reply) for reply in wrong] == [(409, "code_rejected")] * 2
    assert await banked.api.rows("SELECT count(*) FROM wrong_codes WHERE account = :n", n=owner.number) == [(1,)]
    key = new_key()
    right = [await client.post(path, {"code": code.lower()}, key=key) for _ in range(2)]
    assert [(reply.status_code, reply.json()["state"]) for reply in right] == [(200, "confirmed")] * 2
    assert _outcome(await client.post(path, {"code": code})) == (409, "account_confirmed")
    assert _outcome(await client.post(f"{path_of(account)}/codes", {})) == (409, "account_confirmed")

    assert (await client.post(*pay)).status_code == 201
    await _cooled(banked)
    sold = await _deal(banked, user, seller)
    assert await banked.api.rows(payees, id=UUID(sold["id"])) == [(1,)]
    noted = "SELECT forgiven_at IS NULL FROM wrong_codes WHERE account = :n ORDER BY at"
    assert await banked.api.rows(noted, n=owner.number) == [(True,), (False,)]
    for table in ("accounts", "wrong_codes", "idempotency_answers", "events"):
        kept = await banked.api.rows(f"SELECT t::text FROM {table} t")
        assert not [line for (line,) in kept if code in line or code.replace("-", "") in line], table


async def test_a_payout_account_takes_effect_when_it_is_confirmed_and_not_before(banked: Banked) -> None:
    client, first, second = banked.api.client, await banked.bank.new_client(1), await banked.bank.new_client(2)
    user = await client.user("Sonja", "sonja@example.test")
    trusted = await banked.api.confirmed(await banked.claim(user, first, payout=True))
    claimed = await banked.claim(user, second, payout=True)
    buyer = await client.user("Boris", "boris@example.test")
    paid_to = "SELECT payee_account FROM deals WHERE id = :id"
    before = await _deal(banked, user, buyer)
    await client.make(f"{path_of(claimed)}/confirmation", {"code": await banked.code(claimed, second)})
    await _cooled(banked)
    after = await _deal(banked, user, buyer)
    numbers = [await banked.api.rows(paid_to, id=UUID(deal["id"])) for deal in (before, after)]
    assert numbers == [[(first.number,)], [(second.number,)]]
    shown = {each["id"]: each["payout"] for each in (await client.read(f"/users/{user['id']}/accounts"))["items"]}
    assert shown == {trusted["id"]: False, claimed["id"]: True}


async def test_naming_a_strangers_account_sends_its_owner_three_codes_and_allows_nothing(banked: Banked) -> None:
    client, victim = banked.api.client, await banked.bank.new_client(1)
    thief = await client.user("Thea", "thea@example.test")
    claimed, before = await banked.claim(thief, victim, payout=True), banked.bank.mailbox.last_id
    for _ in range(3):
        await banked.code(claimed, victim)
    refused = await client.post(f"{path_of(claimed)}/codes", {})
    assert _outcome(refused) == (429, "code_too_soon") and int(refused.headers["retry-after"]) > 60
    assert len(banked.bank.mailbox.mails(to=victim.email, after=before)) == 3

    # The owner's own claim has separate codes: nobody else's use them up, or replace them.
    owner = await client.user("Vera", "vera@example.test")
    own = await banked.claim(owner, victim)
    code = await banked.code(own, victim)
    stolen = await client.post(f"{path_of(claimed)}/confirmation", {"code": code})
    assert _outcome(stolen) == (409, "code_rejected")
    assert (await client.make(f"{path_of(own)}/confirmation", {"code": code}))["state"] == "confirmed"


async def test_what_the_bank_does_not_have_is_refused_where_it_is_named(banked: Banked) -> None:
    client, closed = banked.api.client, await banked.bank.new_client(1, "0.00")
    await banked.bank.post(f"/accounts/{closed.number}/closure", {})
    dollars = await banked.bank.new_client(1, "0.00", "USD")
    path = f"/users/{(await client.user('Nina', 'nina@example.test'))['id']}/accounts"
    operators = (await banked.bank.client.banks())[0].guarantee_account
    cases = {new_number(1): "no_such_account", operators: "no_such_account", "009aaaaaaaaaa": "unknown_bank"}
    cases |= {closed.number: "account_closed", dollars.number: "currency_mismatch", "001": "bad_account_number"}
    for number, code in cases.items():
        reply = await client.post(path, {"number": number, "currency": "RUB"})
        assert (reply.status_code in (409, 422), reply.json()["code"]) == (True, code), number
    assert (await client.read(path))["items"] == []


async def test_while_the_bank_is_silent_an_account_is_taken_unconfirmed_and_waits(api: Api) -> None:
    user = await api.client.user("Nina", "nina@example.test")
    account = await api.client.account(user["id"], new_number(1), payout=True)
    assert account["state"] == "unconfirmed"
    for path, body in ((f"{path_of(account)}/codes", {}), (f"{path_of(account)}/confirmation", {"code": WRONG})):
        silent = await api.client.post(path, body)
        assert _outcome(silent) == (503, "bank_unreachable") and silent.headers["retry-after"]


async def test_users_cannot_confirm_what_belongs_to_another(banked: Banked) -> None:
    client, owner = banked.api.client, await banked.bank.new_client(1)
    account = await banked.claim(await client.user("Vera", "vera@example.test"), owner)
    code = await banked.code(account, owner)
    somebody = await client.user("Thea", "thea@example.test")
    foreign = f"/users/{somebody['id']}/accounts/{account['id']}"
    assert _outcome(await client.post(f"{foreign}/codes", {})) == (404, "unknown_account")
    assert _outcome(await client.post(f"{foreign}/confirmation", {"code": code})) == (404, "unknown_account")
