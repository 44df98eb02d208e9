"""Work on rows of many owners skips a row that fails, and retries it later."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from activities.expiry import ExpiryActivities
from activities.notices import NoticeActivities
from edge.sealing import Sealer
from store.mail.notices import put_wallet_notice
from store.operations.platform_settings import allow_sign_up
from tests.fixtures.people import People
from tests.fixtures.post import Post
from tests.fixtures.refusing import refusing
from tests.fixtures.shop import Shop
from tests.fixtures.wallets import Wallets, transfer

URL = "https://market.example.test"


async def test_a_request_for_a_link_that_cannot_be_answered_holds_up_no_other(people: People, post: Post) -> None:
    api, client, after = people.api, await people.client(), post.mailbox.last_id
    async with people.database.transaction() as session:
        await allow_sign_up(session, api.marketplace_id)
    email = f"broken-{secrets.token_hex(4)}@example.test"
    async with refusing(api.test_database, "users", f"NEW.email = '{email}'"):
        await post.ask("/sign-ups", name="Broken", email=email)
        await post.ask("/password-resets", email=client.email)
        await post.deliver()
        assert await post.link(client.email, after)
        assert post.mailbox.mails(to=email, after=after) == []
    await post.deliver()
    assert await post.link(email, after)


async def test_a_deadline_that_cannot_be_noted_holds_up_no_other(shop: Shop) -> None:
    api = shop.api
    notices = NoticeActivities(api.database, Sealer(api.settings.sealing_key_bytes), URL)
    deals = [await shop.deal(pay_within_s=3600) for _ in range(3)]
    for deal in deals:
        await api.set_ahead(deal["id"], timedelta(minutes=46))
    broken = deals[0]["id"]

    async def noted() -> set[str]:
        rows = await api.rows("SELECT CAST(deal_id AS text) FROM reminders")
        return {row[0] for row in rows} & {deal["id"] for deal in deals}

    async with refusing(api.test_database, "notices", f"NEW.data ->> 'deal_id' = '{broken}'"):
        await notices.note_deadlines()
        assert await noted() == {deal["id"] for deal in deals[1:]}
    await notices.note_deadlines()
    assert await noted() == {deal["id"] for deal in deals}


async def test_a_hold_that_cannot_be_freed_holds_up_no_other(wallets: Wallets) -> None:
    api, expiry = wallets.api, ExpiryActivities(wallets.api.database)
    payer, payee = await wallets.wallet("100.00"), await wallets.wallet()
    body = transfer(payer, payee, "10.00") | {"expires_in_s": 60}
    holds = [(await api.client.make("/holds", body))["hold_id"] for _ in range(3)]
    for hold in holds:
        await wallets.over("holds", hold)

    async def states() -> list[str]:
        return [(await api.client.read(f"/holds/{hold}"))["state"] for hold in holds]

    async with refusing(api.test_database, "holds", f"NEW.id = '{holds[0]}'"):
        assert await expiry.expire_holds() >= 2
        assert await states() == ["open", "expired", "expired"]
    assert await expiry.expire_holds() >= 1
    assert await states() == ["expired"] * 3
    assert (await wallets.read(payer))["available"]["amount"] == "100.00"


async def test_news_of_a_wallet_that_cannot_be_written_holds_up_no_other(wallets: Wallets) -> None:
    api, sealer = wallets.api, Sealer(wallets.api.settings.sealing_key_bytes)
    letters = NoticeActivities(api.database, sealer, URL)
    broken, whole = [UUID(await wallets.wallet()) for _ in range(2)]
    while await letters.tell_notices():
        pass
    await letters.write_codes()
    data = {"amount": "1.00 RUB", "fee": "0.00 RUB", "account": "1"}
    async with api.database.transaction() as session:
        await put_wallet_notice(session, broken, "no_such_letter", "test", data)
        await put_wallet_notice(session, whole, "withdrawal_paid", "test", data)
        await put_wallet_notice(session, broken, "withdrawal_code", "test", data, sealed=b"x")
        await put_wallet_notice(
            session, whole, "withdrawal_code", "test", data, sealed=sealer.seal("ABCDEFGH", f"wallet-notice/{whole}")
        )
    assert (await letters.write_codes(), await letters.tell_notices()) == (1, 1)
    assert await _waiting(api, whole) == 0 and await _waiting(api, broken) == 2
    await api.rows("UPDATE notices SET told_at = now(), sealed = NULL WHERE told_at IS NULL RETURNING id")


async def test_a_mail_that_the_database_refuses_holds_up_no_other_and_is_written_later(wallets: Wallets) -> None:
    api, sealer = wallets.api, Sealer(wallets.api.settings.sealing_key_bytes)
    letters = NoticeActivities(api.database, sealer, URL)
    broken, *whole = [UUID(await wallets.wallet()) for _ in range(3)]
    while await letters.tell_notices():
        pass
    data = {"amount": "1.00 RUB", "fee": "0.00 RUB", "account": "1"}
    async with api.database.transaction() as session:
        for wallet in (broken, *whole):
            await put_wallet_notice(session, wallet, "withdrawal_paid", "refused", data)
    async with refusing(api.test_database, "mails", f"NEW.key LIKE '%{broken}'"):
        assert await letters.tell_notices() == 2
        assert [await _waiting(api, wallet) for wallet in (broken, *whole)] == [1, 0, 0]
        assert await letters.tell_notices() == 0, "it is tried again later"
    await api.rows("UPDATE notices SET next_try_at = now() WHERE told_at IS NULL RETURNING id")
    assert (await letters.tell_notices(), await _waiting(api, broken)) == (1, 0)


async def _waiting(api: Any, wallet: UUID) -> int:
    rows = await api.rows(
        "SELECT count(*) FROM notices WHERE data ->> 'wallet_id' = :id AND told_at IS NULL", id=str(wallet)
    )
    return int(rows[0][0])
