"""Operators find what awaits their decision, with the facts; and their forms change only what they showed."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID

from tests.fixtures.administration import browser, csrf, log_in, shown, submit
from tests.fixtures.people import People
from tests.fixtures.shop import INSPECTION, Shop

REASON = "The lid is <b>broken</b>"


async def disputed(shop: Shop) -> tuple[dict[str, str], dict[str, str]]:
    deal = await shop.deal(terms=INSPECTION, title="A chest with a lid")
    payment = await shop.held(deal)
    await shop.api.client.make(f"/deals/{deal['id']}/dispute", {"user_id": shop.buyer["id"], "reason": REASON})
    return deal, payment


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


async def test_an_open_dispute_is_listed_for_operators_until_it_has_ended(people: People, shop: Shop) -> None:
    deal, payment = await disputed(shop)
    admin, operator = await people.staff(administrator=True), shop.api.operator
    [listed] = [
        each for each in (await operator.read("/disputes", limit=200))["items"] if each["deal_id"] == deal["id"]
    ]
    assert (listed["reason"], listed["title"], listed["price"]["amount"]) == (REASON, "A chest with a lid", "1000.00")
    assert (await shop.api.client.get("/disputes")).status_code == 403
    async with browser(people.api) as client:
        await log_in(client, admin)
        overview = (await client.get("/admin/")).text
        case = (await client.get(f"/admin/disputes/{listed['id']}")).text
        page = (await client.get("/admin/disputes")).text
        facts = (await client.get(f"/admin/deals/detail?pk={deal['id']}")).text
        list_of_deals = (await client.get("/admin/deals/list")).text
        await shop.api.client.make(f"/deals/{deal['id']}/dispute/retraction", {"user_id": shop.buyer["id"]})
        after = (await client.get("/admin/disputes")).text
    assert re.search(r"Disputes \d+ the oldest: ", words(overview))
    assert f"pk={deal['id']}" in page and REASON in words(page) and "<b>broken" not in page + facts + case
    assert f"/admin/disputes/{listed['id']}" in page and REASON in words(case)
    said = words(facts)
    for fact in (
        "A chest with a lid",
        "Sonja",
        "Boris",
        "1,000.00 RUB",
        REASON,
        "Disputed",
        "held at the payer's bank",
    ):
        assert fact in said, fact
    assert f"pk={payment['id']}" in facts and f"/deals/{deal['id']}" in facts
    assert "Sonja" in words(list_of_deals) and "A chest with a lid" in words(list_of_deals)
    assert f"pk={deal['id']}" not in after


async def test_an_arbiter_sees_what_a_ruling_moves_before_the_decision(people: People, shop: Shop) -> None:
    deal, _ = await disputed(shop)
    admin, about = await people.staff(administrator=True, arbiter=True), f"/deals/{deal['id']}/dispute"
    seller = shop.seller["id"]
    case = f"/admin/disputes/{(await shop.api.operator.read(about))['id']}"
    ask = {"ruling": "split", "amount": "300.00"}
    async with browser(people.api) as client:
        await log_in(client, admin)
        shown = await client.get(case, params=ask)
        wrong = await client.get(case, params=ask | {"amount": "1000.00"})
        missing = await client.get("/admin/disputes/01890000-0000-7000-8000-000000000000")
        taken = await submit(client, f"{case}/assignment", case)
        decision = {"csrftoken": csrf(shown.text), **ask, "entries": "0", "reason": "Looked into"}
        early = await client.post(f"{case}/decision", data=decision)
        await shop.api.client.make(f"{about}/statements", {"user_id": seller, "text": "It was whole"})
        late = await client.post(f"{case}/decision", data=decision)
        silent = await client.post(f"{case}/decision", data=decision | {"entries": "1", "reason": ""})
        done = await client.post(f"{case}/decision", data=decision | {"entries": "1"})
        twice = await client.post(f"{case}/decision", data=decision | {"entries": "1"})
        after = words((await client.get(case)).text)
    said = words(shown.text)
    for amount in ("300.00 RUB and 3.00 RUB of the bank's fee", "665.00 RUB", "35.00 RUB", "7.00 RUB"):
        assert amount in said.replace("\u00a0", " "), amount
    assert "Nothing of it would be left to the seller" in words(wrong.text)
    assert [reply.status_code for reply in (missing, taken, early, late, silent, done, twice)] == [
        404, 303, 409, 409, 422, 303, 303,
    ]  # fmt: skip
    assert "can still answer" in words(early.text) and "out of date" in words(late.text)
    assert "A decision (split) is being carried out" in after
    [(kind, minor, reason)] = await people.api.rows(
        "SELECT kind, amount_minor, reason FROM overrides WHERE deal_id = :id", id=deal["id"]
    )
    assert (kind, minor, reason) == ("split", 300_00, "Looked into")


async def test_an_operator_reads_the_chat_beside_the_open_dispute_and_that_is_recorded(
    people: People, shop: Shop
) -> None:
    deal, _ = await disputed(shop)
    about, client_ = f"/deals/{deal['id']}", shop.api.client
    case = f"/admin/disputes/{(await shop.api.operator.read(f'{about}/dispute'))['id']}"
    for user, said in ((shop.buyer, "Look at the <b>lid</b>"), (shop.seller, "It was whole")):
        await client_.make(f"{about}/messages", {"user_id": user["id"], "text": said})
    looks = "SELECT operator_id::text FROM chat_readings WHERE deal_id = :id"
    async with browser(people.api) as client:
        await log_in(client, admin := await people.staff(administrator=True))
        unread = await client.get(case)
        before = await people.api.rows(looks, id=UUID(deal["id"]))
        chat = await client.get(f"{case}/chat")
        later = await client.get(f"{case}/chat", params={"after": "1"})
        await client_.make(f"{about}/dispute/retraction", {"user_id": shop.buyer["id"]})
        private = await client.get(f"{case}/chat")
        ended = await client.get(case)
    assert "Look at the" not in words(unread.text) and "both parties see that" in words(unread.text) and before == []
    assert re.search(r"buyer , .* Look at the <b>lid</b> .*seller , .* It was whole", words(chat.text))
    assert "<b>lid" not in chat.text and "Look at the" not in words(later.text) and "It was whole" in words(later.text)
    assert (private.status_code, "It was whole" in private.text, "Their messages" in ended.text) == (403, False, False)
    assert await people.api.rows(looks, id=UUID(deal["id"])) == [(str(admin.owner_id),)] * 2
    events = [event["type"] for event in (await shop.api.operator.read(f"{about}/events"))["items"]]
    assert events.count("deal.chat_read") == 1


async def test_an_administrator_who_is_no_arbiter_sees_a_dispute_and_decides_nothing(
    people: People, shop: Shop
) -> None:
    deal, _ = await disputed(shop)
    dispute = await shop.api.operator.read(f"/deals/{deal['id']}/dispute")
    await shop.api.client.make(
        f"/deals/{deal['id']}/dispute/statements", {"user_id": shop.seller["id"], "text": "It was whole"}
    )
    case, ask = f"/admin/disputes/{dispute['id']}", {"ruling": "split", "amount": "300.00"}
    async with browser(people.api) as client:
        await log_in(client, await people.staff(administrator=True))
        shown = await client.get(case, params=ask)
        typed = {"csrftoken": csrf(shown.text), **ask, "entries": "1", "reason": "Looked into"}
        refused = [await client.post(f"{case}/{act}", data=typed) for act in ("assignment", "decision")]
    assert REASON in words(shown.text) and "665.00 RUB" in words(shown.text).replace("\u00a0", " ")
    assert "Arbiters take and decide disputes" in words(shown.text)
    assert "Take this dispute" not in shown.text and "Decide:" not in shown.text
    assert [reply.status_code for reply in refused] == [403, 403]
    assert "Disputes are decided by arbiters" in words(refused[1].text)
    assert (await shop.api.operator.read(f"/deals/{deal['id']}/dispute"))["arbiter_id"] is None
    assert await people.api.rows("SELECT 1 FROM overrides WHERE deal_id = :id", id=deal["id"]) == []


async def test_a_form_of_settings_undoes_nothing_that_it_did_not_show(people: People, shop: Shop) -> None:
    admin, title = await people.staff(administrator=True), "/admin/deal-titles/edit?pk=split"
    platform = "/admin/platform-settings/edit?pk=True"
    async with browser(people.api) as client:
        await log_in(client, admin)
        old_title, old_platform = (await client.get(title)).text, (await client.get(platform)).text
        assert (await submit(client, title, en="Shared out", ru="Поделено")).status_code == 303
        await submit(client, platform, default_commission_percent="6.00", sign_up_marketplace_id="")
        body = {"csrftoken": csrf(old_title), **shown(old_title), "en": "Split in two", "ru": "Разделено"}
        late = await client.post(title, data=body)
        commission = {"default_commission_percent": "4.00", "sign_up_marketplace_id": ""}
        late_platform = await client.post(
            platform, data={"csrftoken": csrf(old_platform), **shown(old_platform), **commission}
        )
        again = await client.post(title, data=body | shown(late.text))
        await submit(client, platform, default_commission_percent="5.00", sign_up_marketplace_id="")
    assert (late.status_code, late_platform.status_code, again.status_code) == (422, 422, 303)
    assert "Now it is: Shared out" in words(late.text) and "Now it is: 6.00" in words(late_platform.text)
    [(en,)] = await people.api.rows("SELECT en FROM deal_titles WHERE state = 'split'")
    assert en == "Split in two"


async def test_a_marketplace_is_chosen_by_its_name(people: People) -> None:
    admin = await people.staff(administrator=True)
    [(name,)] = await people.api.rows("SELECT name FROM marketplaces WHERE id = :id", id=people.api.marketplace_id)
    async with browser(people.api) as client:
        await log_in(client, admin)
        pages = [
            (await client.get(page)).text for page in ("/admin/users/create", "/admin/platform-settings/edit?pk=True")
        ]
    for page in pages:
        assert re.search(rf'<option value="{people.api.marketplace_id}"[^>]*>\s*{re.escape(name)}\s*<', page)
