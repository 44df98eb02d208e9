"""Withdrawals over HTTP: money is held, a code comes by mail, and five tries are five however many come at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID

from activities.notices import NoticeActivities
from edge.sealing import Sealer
from tests.fixtures.bank import read_code
from tests.fixtures.market import RecordedSignals
from tests.fixtures.market_client import Json, MarketClient, new_key
from tests.fixtures.post import Post
from tests.fixtures.wallets import Wallets

RUB = {"amount": "40.00", "currency": "RUB"}


async def _begun(wallets: Wallets, owner: MarketClient, wallet: str, number: str = "002aaaaaaaaaa") -> Json:
    user = (await owner.read(f"/wallets/{wallet}"))["user_id"]
    named = await owner.make(f"/users/{user}/accounts", {"number": number, "currency": "RUB", "payout": True})
    account = await wallets.api.confirmed(named)
    return await owner.make(f"/wallets/{wallet}/withdrawals", {"account_id": account["id"], "amount": RUB})


async def _code(wallets: Wallets, post: Post, withdrawal: Json, after: int) -> str:
    """From the mail to the owner, which the worker's activities write and send."""
    api = wallets.api
    sealer = Sealer(api.settings.sealing_key_bytes)
    await NoticeActivities(api.database, sealer, "https://market.example.test").write_codes()
    await post.activities.send_mails()
    [(email,)] = await api.rows(
        "SELECT email FROM users u JOIN wallets w ON w.user_id = u.id WHERE w.id = :id",
        id=UUID(withdrawal["wallet_id"]),
    )
    mail = await post.mailbox.wait_for(to=email, after=after)
    assert all(part in mail.text for part in (withdrawal["amount"]["amount"], withdrawal["account"]))
    return read_code(mail.text)


async def test_a_withdrawal_holds_the_money_until_its_owner_enters_the_code(
    wallets: Wallets, post: Post, signals: RecordedSignals
) -> None:
    wallet, owner = await wallets.person("100.00")
    _, stranger = await wallets.person()
    await post.deliver()
    after = post.mailbox.last_id
    begun = await _begun(wallets, owner, wallet)
    assert [begun[name]["amount"] for name in ("amount", "fee", "total")] == ["40.00", "0.00", "40.00"]
    shown = await owner.read(f"/wallets/{wallet}")
    assert [shown[name]["amount"] for name in ("balance", "available", "held")] == ["100.00", "60.00", "40.00"]
    path = f"/withdrawals/{begun['withdrawal_id']}"
    code = await _code(wallets, post, begun, after)
    assert (await stranger.post(f"{path}/confirmation", {"code": code})).json()["code"] == "unknown_withdrawal"
    wrong = await owner.post(f"{path}/confirmation", {"code": "AAAA-AAAA"})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (409, "code_rejected", "code")
    key = new_key()
    done = [await owner.post(f"{path}/confirmation", {"code": code.lower()}, key=key) for _ in range(2)]
    assert [reply.json()["state"] for reply in done] == ["paying", "paying"]
    noted = "SELECT forgiven_at IS NULL FROM wrong_codes WHERE subject LIKE :about ORDER BY at"
    about = f"withdrawal/{begun['withdrawal_id']}/%"
    assert await wallets.api.rows(noted, about=about) == [(True,), (False,)]
    await signals.heard(f"withdrawal/{begun['withdrawal_id']} paying")
    again = await owner.post(f"{path}/confirmation", {"code": code})
    assert (again.status_code, again.json()["code"]) == (409, "withdrawal_ended")
    assert (await owner.post(f"{path}/cancellation", {})).json()["code"] == "withdrawal_confirmed"
    rows = await wallets.api.rows(
        "SELECT tries FROM confirmation_codes WHERE subject = :of", of=f"withdrawal/{begun['withdrawal_id']}"
    )
    assert [row.tries for row in rows] == [2]  # a code that was used is not tried any more


async def test_of_many_guesses_at_once_five_are_compared_and_then_the_right_code_is_of_no_use(
    wallets: Wallets, post: Post
) -> None:
    wallet, owner = await wallets.person("100.00")
    await post.deliver()
    after = post.mailbox.last_id
    begun = await _begun(wallets, owner, wallet)
    code, path = await _code(wallets, post, begun, after), f"/withdrawals/{begun['withdrawal_id']}"
    guesses = [f"{number:04d}-AAAA" for number in range(30)]
    replies = await asyncio.gather(*(owner.post(f"{path}/confirmation", {"code": guess}) for guess in guesses))
    assert Counter(reply.json()["code"] for reply in replies) == {"code_rejected": 30}
    assert await wallets.api.rows("SELECT count(*) FROM code_tries") != []
    [(tries, counted)] = await wallets.api.rows(
        "SELECT c.tries, (SELECT count(*) FROM code_tries t WHERE t.subject = c.subject) FROM confirmation_codes c"
        " WHERE c.subject = :of",
        of=f"withdrawal/{begun['withdrawal_id']}",
    )
    assert (tries, counted) == (5, 5)
    assert (await owner.post(f"{path}/confirmation", {"code": code})).json()["code"] == "code_rejected"
    too_soon = await owner.post(f"{path}/codes", {})
    assert (too_soon.status_code, too_soon.json()["code"]) == (429, "code_too_soon")
    assert (await owner.make(f"{path}/cancellation", {}))["state"] == "cancelled"
    assert (await owner.post(f"{path}/codes", {})).json()["code"] == "withdrawal_ended"
    shown = await owner.read(f"/wallets/{wallet}")
    assert [shown[name]["amount"] for name in ("balance", "available", "held")] == ["100.00", "100.00", "0.00"]
    listed = await owner.read(f"/wallets/{wallet}/withdrawals")
    assert ([one["state"] for one in listed["items"]], listed["next"]) == (["cancelled"], None)


async def test_a_code_is_neither_stored_in_clear_nor_good_for_another_withdrawal(wallets: Wallets, post: Post) -> None:
    wallet, owner = await wallets.person("100.00")
    await post.deliver()
    after = post.mailbox.last_id
    first = await _begun(wallets, owner, wallet)
    code = await _code(wallets, post, first, after)
    second = await _begun(wallets, owner, wallet, "001bbbbbbbbbb")
    refused = await owner.post(f"/withdrawals/{second['withdrawal_id']}/confirmation", {"code": code})
    assert refused.json()["code"] == "code_rejected"
    for table in ("confirmation_codes", "code_tries", "notices", "idempotency_answers"):
        kept = await wallets.api.rows(f"SELECT t::text AS line FROM {table} t")
        assert not [row.line for row in kept if code in row.line or code.replace("-", "") in row.line], table


async def test_what_cannot_be_withdrawn_is_refused_by_name(wallets: Wallets) -> None:
    wallet, owner = await wallets.person("10.00")
    begun = await owner.read(f"/wallets/{wallet}")
    account = await wallets.api.account(begun["user_id"], "001aaaaaaaaaa")
    nobody = "00000000-0000-7000-8000-000000000000"
    path = f"/wallets/{wallet}/withdrawals"
    cases: list[tuple[Json, int, str]] = [
        ({"account_id": account["id"], "amount": RUB}, 409, "insufficient_funds"),
        ({"account_id": nobody, "amount": RUB}, 404, "unknown_account"),
        ({"account_id": account["id"], "amount": RUB | {"currency": "USD"}}, 409, "wrong_currency"),
        *(
            ({"account_id": account["id"], "amount": RUB | {"amount": bad}}, 422, "bad_amount")
            for bad in (1.5, "-1", 0)
        ),
    ]
    for body, status, code in cases:
        refused = await owner.post(path, body)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (await owner.post(f"/wallets/{nobody}/withdrawals", cases[0][0])).json()["code"] == "unknown_wallet"
    assert (await owner.read(f"/wallets/{wallet}"))["held"]["amount"] == "0.00"
