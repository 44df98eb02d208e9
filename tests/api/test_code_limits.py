"""Wrong codes and open payments: guessing is stopped early, and affects nobody else."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from domain.codes import MAX_TRIES, MAX_UNCONFIRMED
from domain.rate_limits import WRONG_CODES_OF_MARKETPLACE, WRONG_CODES_OF_PERSON
from tests.fixtures.market import Api, RecordedSignals, ServedApi, calling
from tests.fixtures.market_client import Json, MarketClient
from tests.fixtures.shop import Shop, open_shop
from tests.fixtures.wallets import Wallets

GUESS = "AAAA-AAAA"


async def _guesses(shop: Shop, deal: Json) -> None:
    """As many wrong codes as a payer may enter, over payments of one rouble each."""
    for _ in range(WRONG_CODES_OF_PERSON.most // MAX_TRIES):
        payment = await shop.payment(deal, "1.00")
        for number in range(1, MAX_TRIES + 1):
            await shop.api.client.submit(payment["id"], GUESS)
            await shop.debited(payment, number, refused_code="code_rejected")


async def _time_passes(api: Api) -> None:
    """The window of this marketplace's wrong codes has passed."""
    async with api.database.transaction() as session:
        earlier = "UPDATE wrong_codes SET at = at - CAST(:window AS interval) WHERE marketplace_id = :id"
        await session.execute(text(earlier), {"window": WRONG_CODES_OF_PERSON.window, "id": api.marketplace_id})


async def _enter(shop: Shop, payment: Json) -> httpx.Response:
    return await shop.api.client.post(f"/payments/{payment['id']}/code-attempts", {"code": "ABCD-EFGH"})


async def test_who_guesses_codes_is_stopped_and_another_buyer_is_not(shop: Shop) -> None:
    guessed = await shop.deal()
    await _guesses(shop, guessed)
    waiting = await shop.payment(guessed, "1.00")
    refused = await _enter(shop, waiting)
    wait_s = int(refused.headers["retry-after"])
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_wrong_codes")
    assert WRONG_CODES_OF_PERSON.window.total_seconds() / 2 < wait_s <= WRONG_CODES_OF_PERSON.window.total_seconds()
    assert (await shop.api.client.payment(waiting["id"]))["attempts"] == []

    other = Shop(shop.api, shop.seller, await shop.api.client.user("Oleg", "oleg@example.test"), shop.payout, {}, {})
    other.account = await shop.api.account(other.buyer["id"], "001cccccccccc")
    assert (await _enter(other, await other.payment(await other.deal(), "1.00"))).status_code == 202

    await _time_passes(shop.api)
    assert (await _enter(shop, waiting)).status_code == 202


async def test_the_guesses_of_one_marketplace_stop_no_other_one(
    shop: Shop, api: Api, served_api: tuple[ServedApi, RecordedSignals]
) -> None:
    mine = await shop.payment(await shop.deal(), "1.00")
    async with api.database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO wrong_codes (subject, marketplace_id, user_id, account)"
                " SELECT :run || n, :marketplace, :user, 'account ' || n FROM generate_series(1, :most) AS n"
            ),
            {
                "run": str(uuid4()),
                "marketplace": api.marketplace_id,
                "user": UUID(shop.seller["id"]),
                "most": WRONG_CODES_OF_MARKETPLACE.most,
            },
        )
    assert (await _enter(shop, mine)).json()["code"] == "too_many_wrong_codes"

    async with calling(served_api[0]) as another:
        elsewhere = await open_shop(another)
        theirs = await elsewhere.payment(await elsewhere.deal(), "1.00")
        assert (await _enter(elsewhere, theirs)).status_code == 202


async def test_ten_payments_of_a_buyer_wait_for_a_code_and_no_more_however_many_come_at_once(shop: Shop) -> None:
    client, deals = shop.api.client, [await shop.deal() for _ in range(3)]
    body = {"account_id": shop.account["id"], "amount": {"amount": "1.00", "currency": "RUB"}}
    paths = [f"/deals/{deals[n % 3]['id']}/payments" for n in range(MAX_UNCONFIRMED + 5)]
    replies = await asyncio.gather(*(client.post(path, body) for path in paths))
    assert Counter(reply.json().get("code") for reply in replies) == {None: MAX_UNCONFIRMED, "too_many_unconfirmed": 5}
    assert {reply.status_code for reply in replies} == {201, 409}

    opened = [reply.json()["id"] for reply in replies if reply.status_code == 201]
    await client.cancel(opened[0])
    assert (await client.post(paths[0], body)).status_code == 201


async def test_of_any_number_of_guesses_at_withdrawals_at_once_the_limit_is_compared(wallets: Wallets) -> None:
    wallet, owner = await wallets.person("1000.00")
    user = (await owner.read(f"/wallets/{wallet}"))["user_id"]
    account = (await wallets.api.account(user, "002a0de0f0e0e"))["id"]
    begun = [await _withdrawal(owner, wallet, account) for _ in range(MAX_UNCONFIRMED)]
    one_more = {"account_id": account, "amount": {"amount": "1.00", "currency": "RUB"}}
    refused = await owner.post(f"/wallets/{wallet}/withdrawals", one_more)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_unconfirmed")

    paths = [f"/withdrawals/{one['withdrawal_id']}/confirmation" for one in begun for _ in range(MAX_TRIES)]
    replies = await asyncio.gather(*(owner.post(path, {"code": GUESS}) for path in paths))
    shown = Counter(reply.json()["code"] for reply in replies)
    assert shown == {
        "code_rejected": WRONG_CODES_OF_PERSON.most,
        "too_many_wrong_codes": len(paths) - WRONG_CODES_OF_PERSON.most,
    }
    tries = (
        "SELECT sum(tries) FROM confirmation_codes c JOIN withdrawals w ON c.subject = 'withdrawal/' || w.id"
        " WHERE wallet_id = :id"
    )
    assert await wallets.api.rows(tries, id=UUID(wallet)) == [(WRONG_CODES_OF_PERSON.most,)]


async def _withdrawal(owner: MarketClient, wallet: str, account: str) -> Json:
    amount = {"amount": "1.00", "currency": "RUB"}
    return await owner.make(f"/wallets/{wallet}/withdrawals", {"account_id": account, "amount": amount})
