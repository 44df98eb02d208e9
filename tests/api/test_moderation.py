"""Moderation at /admin: of the version seen, with a reason, and the seller gets a mail in their language."""

from __future__ import annotations

import re
import secrets
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from activities.mail import MailActivities
from activities.notices import NoticeActivities
from devstack.mailbox import Mailbox
from edge.mailer import Mailer
from edge.sealing import Sealer
from store.deals.offers import change_offer, offer_of
from tests.fixtures.administration import browser, csrf, log_in
from tests.fixtures.people import People
from tests.fixtures.shop import Shop

PAGE = "/admin/moderation"


async def decide(client: httpx.AsyncClient, page: str, offer_id: str, decision: str, **said: str) -> httpx.Response:
    """Sends the form of an offer from a page that was read before."""
    card = page.split(f"{PAGE}/{offer_id}")[1].split("</form>", maxsplit=1)[0]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', card))
    assert "version" in hidden
    data = hidden | {"csrftoken": csrf(page), "percent": "", "reason": "", "decision": decision} | said
    return await client.post(f"{PAGE}/{offer_id}", data=data)


@pytest.mark.source("marketplace:205-208")
async def test_an_offer_is_moderated_with_its_percent_and_the_page_says_so(people: People, shop: Shop) -> None:
    admin = await people.staff(administrator=True)
    offer = await shop.api.client.offer(shop.seller["id"], "10.00")
    async with browser(people.api) as client:
        await log_in(client, admin)
        page = (await client.get(PAGE)).text
        wrong = await decide(client, page, offer["id"], "approve", percent="51")
        done = await decide(client, page, offer["id"], "approve", percent="7.50")
        then = await client.get(PAGE)
    assert (wrong.status_code, done.status_code) == (422, 303)
    assert 'value="51"' in wrong.text  # to be corrected, not typed again
    assert shop.seller["name"] in page and "The offer is approved." in then.text
    seen = await shop.api.operator.read(f"/offers/{offer['id']}")
    assert (seen["state"], seen["commission_percent"]) == ("approved", "7.50")


async def test_what_the_seller_changed_meanwhile_is_not_approved_unseen(people: People, shop: Shop) -> None:
    admin = await people.staff(administrator=True)
    offer = await shop.api.client.offer(shop.seller["id"], "10.00")
    async with browser(people.api) as client:
        await log_in(client, admin)
        page = (await client.get(PAGE)).text
        async with people.database.transaction() as session:
            row = await offer_of(session, None, UUID(offer["id"]), lock=True)
            await change_offer(
                session, row, title="Something else", description="", price=row.price, pay_within_s=60, more=0
            )
        late = await decide(client, page, offer["id"], "approve")
        seen = await shop.api.operator.read(f"/offers/{offer['id']}")
        again = await decide(client, late.text, offer["id"], "approve")
    assert (late.status_code, seen["state"], again.status_code) == (409, "pending", 303)
    assert "Something else" in late.text and "has changed since" in late.text
    by_rest = await shop.api.client.offer(shop.seller["id"], "10.00")
    wrong = await shop.api.operator.post(f"/offers/{by_rest['id']}/moderation", {"approve": True, "version": 2})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "offer_changed")


async def test_an_offer_is_not_approved_at_another_default_than_the_page_showed(people: People, shop: Shop) -> None:
    admin = await people.staff(administrator=True)
    offer = await shop.api.client.offer(shop.seller["id"], "10.00")
    async with browser(people.api) as client:
        await log_in(client, admin)
        page = (await client.get(PAGE)).text
        late = await decide(client, page, offer["id"], "approve", default="1.00")
    assert (late.status_code, "default percent has changed" in late.text) == (409, True)
    assert (await shop.api.client.read(f"/offers/{offer['id']}"))["state"] == "pending"


@pytest.mark.source("marketplace:65-66")
@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("en", "“A thing” is on sale", "“A thing” was not accepted"),
        ("ru", "«A thing» в продаже", "«A thing» не принято"),
    ],
)
async def test_the_seller_reads_the_decision_and_its_reason_in_their_language(
    people: People, shop: Shop, mailbox: Mailbox, language: str, first: str, second: str
) -> None:
    admin = await people.staff(administrator=True)
    email = f"seller-{secrets.token_hex(4)}@example.test"
    seller = await shop.api.client.user("Sonja", email, language=language)
    good, bad = [await shop.api.client.offer(seller["id"], "10.00") for _ in range(2)]
    before = mailbox.last_id
    async with browser(people.api) as client:
        await log_in(client, admin)
        page = (await client.get(PAGE)).text
        mute = await decide(client, page, bad["id"], "reject")
        assert (await decide(client, page, bad["id"], "reject", reason="No picture of it.")).status_code == 303
        assert (await decide(client, page, good["id"], "approve")).status_code == 303
    assert (mute.status_code, "Say why" in mute.text) == (422, True)
    assert (await shop.api.client.read(f"/offers/{bad['id']}"))["rejection_reason"] == "No picture of it."
    sealer, mailer = Sealer(shop.api.settings.sealing_key_bytes), Mailer(mailbox.url, "Market <m@example.test>")
    await NoticeActivities(people.database, sealer, "https://market.example.test").tell_notices()
    await MailActivities(people.database, sealer, people.pepper, mailer, "https://market.example.test").send_mails()
    mails = {mail.subject: mail.text for mail in mailbox.mails(after=before) if email in mail.to}
    [(subject, said)] = mails.items()  # what waits together is one mail
    assert subject.endswith(" (+1)") and first in said and second in said
    assert "No picture of it." in said and f"/my/offers/{bad['id']}" in said and f"/my/offers/{good['id']}" in said
    async with people.database.transaction() as session:  # what is changed is looked at again, and the reason is gone
        row = await offer_of(session, None, UUID(bad["id"]), lock=True)
        await change_offer(session, row, title="B", description="", price=row.price, pay_within_s=60, more=0)
        state = await session.execute(text("SELECT state, rejection_reason FROM offers WHERE id = :id"), {"id": row.id})
    assert tuple(state.one()) == ("pending", None)
