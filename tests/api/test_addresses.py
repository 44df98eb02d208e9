"""Refused in every front: an address that names another mailbox or several, a name without a visible character."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from edge.characters import as_typed
from tests.fixtures.administration import browser, log_in, submit
from tests.fixtures.cabinet import Cabinet
from tests.fixtures.people import PASSWORD, People
from tests.fixtures.post import Post
from tests.fixtures.shop import Shop

ADDRESSES = ("a<victim@x.test>", "c,victim@x.test", "d;victim@x.test", "(x)victim@x.test", "a@[127.0.0.1")
NAMES = ("   ", "\u200b", "Anna\nYour wallet was closed", "Anna\u202egnp", "Anna\u2028Yours")
WRONG = [*(("email", each) for each in ADDRESSES), *(("name", each) for each in NAMES)]


async def test_every_door_refuses_it(people: People, post: Post) -> None:
    api, admin = people.api, await people.staff(administrator=True)
    user = await api.client.user("Anna", "anna@example.test")
    login = {"marketplace_id": str(api.marketplace_id), "login": "anna-with-a-login", "password": PASSWORD}
    before = await _people(people)
    async with browser(api) as staff:
        await log_in(staff, admin)
        for field, wrong in WRONG:
            body: dict[str, Any] = {"name": "Anna", "email": "anna@example.test"} | {field: wrong}
            replies = [
                await api.client.post("/users", body),
                await api.client.put(f"/users/{user['id']}", body),
                await api.client.put("/user-references/anna", body),
                await post.ask("/sign-ups", **body),
            ]
            if field == "email":
                replies.append(await post.ask("/password-resets", email=wrong))
            shown = {(reply.status_code, reply.json()["code"], reply.json()["field"]) for reply in replies}
            assert shown == {(422, "invalid_field", field)}, wrong
            assert not [reply.text for reply in replies if "pattern" in reply.json()["detail"]]
            assert (await submit(staff, "/admin/users/create", **login, **body)).status_code == 422, wrong
    assert await _people(people) == before


async def test_the_pages_refuse_it_too(cabinet: Cabinet) -> None:
    async def waiting() -> Any:
        return (await cabinet.rows("SELECT count(*) FROM password_requests"))[0][0]

    before, replies = await waiting(), []
    names = [each for each in NAMES[1:] if as_typed(each) == each or "\n" in as_typed(each)]  # others are put right
    for field, wrong in [("email", each) for each in ADDRESSES] + [("name", each) for each in names]:
        stranger = cabinet.stranger()
        await stranger.read("/sign-up")
        fields = {"name": "Anna", "email": "anna@example.test"} | {field: wrong}
        csrf = stranger.form("/sign-up").fields["csrf"]
        for path in ("/sign-up", "/password/asked") if field == "email" else ("/sign-up",):
            data = {"csrf": csrf, **(fields if path == "/sign-up" else {"email": wrong})}
            replies.append((await stranger.http.post(path, data=data, follow_redirects=False)).status_code)
    assert set(replies) == {422}
    assert await waiting() == before


async def test_one_mailbox_has_one_limit_however_it_is_spelt(people: People, post: Post) -> None:
    mailbox = f"Flooded-{people.api.marketplace_id}@Example.test"
    spellings = (mailbox, mailbox.lower(), mailbox.upper())
    replies = [(await post.ask("/password-resets", email=spellings[n % 3])).status_code for n in range(6)]
    assert replies == [202] * 5 + [429]


async def _people(people: People) -> list[Any]:
    async with people.database.transaction() as session:
        counts = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM logins), (SELECT count(*) FROM mails)"
        names = await session.execute(text("SELECT name, email FROM users ORDER BY id DESC LIMIT 1"))
        return [*(await session.execute(text(counts))).one(), *names.one()]


async def test_a_title_that_shows_nothing_or_breaks_what_is_around_it_is_no_title(shop: Shop) -> None:
    offer = {"seller_id": shop.seller["id"], "description": "", "pay_within_s": 60}
    offer |= {"price": {"amount": "1.00", "currency": "RUB"}}
    for title in ("", "   ", "\u200b\u00a0", "Bed\u202egnp", "Bed\u2028Paid", "Bed\r\nBcc: b@x.test"):
        reply = await shop.api.client.post("/offers", offer | {"title": title})
        assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, "invalid_field", "title")
