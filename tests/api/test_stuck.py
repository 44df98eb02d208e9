"""What is stuck or unknown, oldest first: over REST and on the page at /admin, from which nothing can be done."""

from __future__ import annotations

import re
from uuid import UUID

from sqlalchemy import text

from tests.fixtures.administration import browser, log_in
from tests.fixtures.databases import TestDatabase
from tests.fixtures.market import RecordedSignals, calling, market_settings, serving_api
from tests.fixtures.market_client import Json
from tests.fixtures.people import People
from tests.fixtures.shop import Shop, open_shop
from tests.fixtures.wallets import Wallets

ENOUGH = "2000.00"  # more than an operator may override alone


async def _processing(shop: Shop, price: str = "500.00") -> Json:
    payment = await shop.payment(await shop.deal(price))
    await shop.api.client.submit(payment["id"], "ABCDEFGH")
    return payment


async def _forced(shop: Shop, payment: Json) -> Json:
    body = {"kind": "force", "payment_id": payment["id"], "reason": "the desk was called", "evidence": "line 7"}
    return await shop.api.operator.make("/overrides", body | {"step": "debit/1", "result": "done"})


async def _paying(wallets: Wallets) -> str:
    """The id of a withdrawal that its owner confirmed a day ago, and that the bank has not answered about."""
    wallet, owner = await wallets.person("100.00")
    user = (await owner.read(f"/wallets/{wallet}"))["user_id"]
    account = await wallets.api.account(user, "002aaaaaaaaaa", payout=True)
    body = {"account_id": account["id"], "amount": {"amount": "40.00", "currency": "RUB"}}
    id_: str = (await owner.make(f"/wallets/{wallet}/withdrawals", body))["withdrawal_id"]
    await _set(wallets, id_, "state = 'paying', confirmed_at = clock_timestamp() - interval '1 day'")
    return id_


async def _set(wallets: Wallets, id_: str, change: str) -> None:
    async with wallets.api.database.transaction() as session:
        await session.execute(text(f"UPDATE withdrawals SET {change} WHERE id = :id"), {"id": UUID(id_)})


async def test_what_is_stuck_is_listed_oldest_first(api_database: TestDatabase) -> None:
    settings = market_settings(api_database)
    async with serving_api(api_database, settings, RecordedSignals()) as served, calling(served) as api:
        shop = await open_shop(api)
        older, newer = await _processing(shop), await _processing(shop, ENOUGH)
        proposed = await _forced(shop, newer)
        items = (await api.operator.read("/stuck", older_than_s=0, limit=200))["items"]
    mine = [
        (row["what"], row["payment_id"], row["awaits"])
        for row in items
        if row["payment_id"] in (older["id"], newer["id"])
    ]
    assert mine == [
        ("unknown", older["id"], "debit/1"),
        ("unknown", newer["id"], "debit/1"),
        ("approval", newer["id"], f"override/{proposed['id']}"),
    ]
    assert [row["since"] for row in items] == sorted(row["since"] for row in items)


async def _swept(people: People, age: str) -> None:
    async with people.database.transaction() as session:
        await session.execute(text("UPDATE redrive_runs SET ended_at = clock_timestamp()"))
        await session.execute(
            text(f"UPDATE redrive_runs SET ended_at = ended_at - interval '{age}' WHERE part = 'refunds'")
        )


async def test_operators_and_administrators_see_when_the_redriver_last_ran(people: People) -> None:
    admin = await people.staff(administrator=True)
    pages: list[str] = []
    shown = []
    async with browser(people.api) as client:
        await log_in(client, admin)
        for age in ("10 seconds", "2 hours"):
            await _swept(people, age)
            shown.append((await people.api.operator.read("/stuck"))["redriver"])
            pages += [(await client.get(path)).text for path in ("/admin/stuck", "/admin/")]
    assert [(redriver["part"], redriver["overdue"]) for redriver in shown] == [("refunds", False), ("refunds", True)]
    assert shown[0]["age_s"] < 60 and 7200 <= shown[1]["age_s"] < 7260
    assert ["The redriver last ran 2 hours ago" in page for page in pages] == [False, False, True, False]
    assert "2 hours" in pages[3]


async def test_a_withdrawal_is_listed_while_the_bank_owes_its_answer_and_when_it_is_flagged(wallets: Wallets) -> None:
    id_ = await _paying(wallets)

    async def listed() -> list[tuple[str, str, str, None]]:
        items = (await wallets.api.operator.read("/stuck", limit=200))["items"]
        mine = [row for row in items if row["withdrawal_id"] == id_]
        return [(row["what"], row["awaits"], row["amount"]["amount"], row["deal_id"]) for row in mine]

    late = await listed()
    await _set(wallets, id_, "flagged_at = clock_timestamp()")
    flagged = await listed()
    await _set(wallets, id_, "state = 'paid', operation = 'B-1', paid_at = clock_timestamp()")
    settled = await listed()
    await _set(wallets, id_, "flagged_at = clock_timestamp()")
    return_unknown = await listed()
    await _set(wallets, id_, "state = 'done', final_at = clock_timestamp()")

    assert late == [("unknown", "payout", "40.00", None)]
    assert flagged == [*late, ("flagged", "payout", "40.00", None)]
    assert settled == []
    assert return_unknown == [("flagged", "return", "40.00", None)]
    assert await listed() == []


async def test_administrators_read_it_with_links_to_rows_and_workflows(
    shop: Shop, people: People, wallets: Wallets
) -> None:
    payment = await _processing(shop, ENOUGH)
    override = await _forced(shop, payment)
    withdrawal = await _paying(wallets)
    async with people.database.transaction() as session:
        await session.execute(
            text("UPDATE code_attempts SET submitted_at = submitted_at - interval '2 days' WHERE payment_id = :id"),
            {"id": UUID(payment["id"])},
        )
        await session.execute(  # the page shows the oldest, and other tests have left many that are younger
            text("UPDATE overrides SET created_at = created_at - interval '12 hours' WHERE id = :id"),
            {"id": UUID(override["id"])},
        )
    admin = await people.staff(administrator=True)
    async with browser(people.api) as client:
        await log_in(client, admin)
        page = (await client.get("/admin/stuck")).text
        read = [await client.get(path) for path in re.findall(r'href="(/admin/[a-z]+/detail\?pk=[^"]+)"', page)]
    ui = "http://temporal.example.test/namespaces/default/workflows"
    for id_, workflow in (
        (payment["id"], f"payment%2F{payment['id']}"),
        (withdrawal, f"withdrawal%2F{withdrawal}"),
        (override["id"], f"override%2F{override['id']}"),
    ):
        assert f"pk={id_}" in page and f"{ui}/{workflow}" in page
    assert page.index(f"pk={payment['id']}") < page.index(f"pk={withdrawal}") < page.index(f"pk={override['id']}")
    assert "2 days" in page and "A bank owes an answer" in page
    assert {reply.status_code for reply in read} == {200}
    main = page[page.index("Stuck or unknown</h1>") :]
    assert "<form" not in main and "<button" not in main
    await _set(wallets, withdrawal, "state = 'refused', refused_code = 'closed', final_at = clock_timestamp()")


async def test_administrators_read_fees_by_pair_of_banks_with_their_age(people: People) -> None:
    async with people.database.transaction() as session:
        await session.execute(text("UPDATE fees SET refreshed_at = clock_timestamp() - interval '2 hours'"))
    shown = (await people.api.client.read("/fees"))["items"]
    admin = await people.staff(administrator=True)
    async with browser(people.api) as client:
        await log_in(client, admin)
        old = (await client.get("/admin/fees")).text
        async with people.database.transaction() as session:
            await session.execute(text("UPDATE fees SET refreshed_at = clock_timestamp()"))
        fresh = (await client.get("/admin/fees")).text
    assert shown and all(fee["age_s"] >= 7200 for fee in shown)
    assert old.count("2 hours ago") == len(shown) + 1 and "Check that the worker runs" in old
    assert "2 hours" not in fresh and "Check that the worker runs" not in fresh
