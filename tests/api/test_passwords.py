"""Signing up and new passwords: links by mail, the same answer for everybody."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from activities.mail import MailActivities
from edge.mailer import Mailer
from edge.sealing import Sealer
from store.operations.platform_settings import allow_sign_up
from store.people.password_links import disable
from tests.fixtures.market import Api
from tests.fixtures.people import PASSWORD, People
from tests.fixtures.post import Post


async def test_a_forgotten_password_is_replaced_by_a_link_once(people: People, post: Post) -> None:
    client, after = await people.client(), post.mailbox.last_id
    asked = await post.ask("/password-resets", email=client.email.upper(), language="ru")
    assert (asked.status_code, asked.json()) == (202, {"status": "asked"})
    await post.deliver()
    mail = await post.mailbox.wait_for(to=client.email, after=after)
    assert (mail.subject, "https://market.example.test/password?token=" in mail.text) == ("Новый пароль", True)
    token = await post.link(client.email, after)

    weak = await post.ask("/passwords", token=token, password="short")
    assert (weak.status_code, weak.json()["code"], weak.json()["field"]) == (422, "weak_password", "password")
    chosen = await post.ask("/passwords", token=token, password="a new long password")
    again = await post.ask("/passwords", token=token, password="another long password")
    assert (chosen.status_code, again.status_code, again.json()["code"]) == (200, 409, "bad_link")
    assert await post.log_in(client.login, "a new long password") == 200
    assert await post.log_in(client.login, PASSWORD) == 400


async def test_known_and_unknown_get_one_answer_and_write_the_same(people: People, post: Post) -> None:
    client, disabled = await people.client(), await people.client()
    async with people.database.transaction() as session:
        await disable(session, disabled.login_id)
    after, answers, work = post.mailbox.last_id, [], []
    for email in (client.email, "nobody@example.test", disabled.email):
        before = await _rows(people.api)
        reply = await post.ask("/password-resets", email=email)
        answers.append((reply.status_code, reply.text))
        now = await _rows(people.api)
        work.append({table: now[table] - before[table] for table in now})
    assert len(set(answers)) == 1
    assert work == [{"password_requests": 1, "password_links": 0, "mails": 0}] * 3
    await post.deliver()
    await post.mailbox.wait_for(to=client.email, after=after)
    [(mails,)] = await people.api.rows(
        "SELECT count(*) FROM mails WHERE recipient IN ('nobody@example.test', :disabled)", disabled=disabled.email
    )
    assert mails == 0


@pytest.mark.source("wallet:41-47")
async def test_a_new_client_chooses_a_password_by_mail_and_buys(people: People, post: Post) -> None:
    async with people.database.transaction() as session:
        await allow_sign_up(session, people.api.marketplace_id)
    after, email = post.mailbox.last_id, f"new-{people.api.marketplace_id}@example.test"
    asked = await post.ask("/sign-ups", name="Nina", email=email)
    assert (asked.status_code, asked.json()) == (202, {"status": "asked"})
    await post.deliver()
    assert await post.log_in(email, PASSWORD) == 400
    token = await post.link(email, after)
    assert (await post.ask("/passwords", token=token, password=PASSWORD)).status_code == 200
    assert await post.log_in(email, PASSWORD) == 200
    [user] = await people.api.rows("SELECT name, marketplace_id FROM users WHERE email = :email", email=email)
    assert tuple(user) == ("Nina", people.api.marketplace_id)


async def test_who_signs_up_a_second_time_gets_the_same_answer_and_no_second_account(
    people: People, post: Post
) -> None:
    async with people.database.transaction() as session:
        await allow_sign_up(session, people.api.marketplace_id)
    client, after = await people.client(), post.mailbox.last_id
    reply = await post.ask("/sign-ups", name="Somebody else", email=client.email)
    await post.deliver()
    mail = await post.mailbox.wait_for(to=client.email, after=after)
    [(users,)] = await people.api.rows("SELECT count(*) FROM users WHERE email = :email", email=client.email)
    assert (reply.status_code, reply.json(), users) == (202, {"status": "asked"}, 1)
    assert mail.subject == "A new password"
    assert await post.log_in(client.login, PASSWORD) == 200


async def test_a_closed_sign_up_says_so(people: People, post: Post) -> None:
    async with people.database.transaction() as session:
        await allow_sign_up(session, None)
    reply = await post.ask("/sign-ups", name="Nina", email="nina@example.test")
    assert (reply.status_code, reply.json()["code"]) == (403, "sign_up_closed")


async def test_a_mailbox_is_not_flooded_known_or_not(people: People, post: Post) -> None:
    email = f"flooded-{people.api.marketplace_id}@example.test"
    replies = [await post.ask("/password-resets", email=email) for _ in range(6)]
    assert [reply.status_code for reply in replies] == [202] * 5 + [429]


async def test_a_mail_waits_for_its_server_and_its_link_is_wiped_when_it_is_sent(people: People, post: Post) -> None:
    client, after = await people.client(), post.mailbox.last_id
    nowhere = Mailer("smtp://127.0.0.1:9", "Market <market@example.test>", timeout_s=1.0)
    sealer = Sealer(people.api.settings.sealing_key_bytes)
    away = MailActivities(people.database, sealer, people.pepper, nowhere, "https://market.example.test")
    await post.ask("/password-resets", email=client.email)
    await away.answer_password_requests()
    assert await away.send_mails() == 0
    look = "SELECT tries, sealed, sent_at FROM mails WHERE recipient = :email"
    [(tries, sealed, _)] = await people.api.rows(look, email=client.email)
    assert (tries, b"token=" in sealed) == (1, False)
    async with people.database.transaction() as session:
        await session.execute(text("UPDATE mails SET next_try_at = clock_timestamp() WHERE sealed IS NOT NULL"))
    await post.deliver()
    assert await post.link(client.email, after)
    [(tries, sealed, sent_at)] = await people.api.rows(look, email=client.email)
    assert (tries, sealed, sent_at is not None) == (2, None, True)


async def test_a_user_created_by_a_marketplace_is_invited_on_asking_for_a_password(people: People, post: Post) -> None:
    api, after = people.api, post.mailbox.last_id
    email = f"Made-by-{api.marketplace_id}@example.test"
    users = [await api.client.user(name, email) for name in ("Mira", "Mira elsewhere")]
    asked = await post.ask("/password-resets", email=email.lower(), language="ru")
    await post.deliver()
    mails = post.mailbox.mails(to=email, after=after)
    assert (asked.status_code, [mail.subject for mail in mails]) == (202, ["Ваша учётная запись"] * 2)
    logins = await api.rows("SELECT CAST(user_id AS text), name FROM logins WHERE name LIKE :n", n=f"{email.lower()}%")
    assert {tuple(row) for row in logins} == {(users[0]["id"], email.lower()), (users[1]["id"], f"{email.lower()}/2")}
    [token] = set(re.findall(r"/password\?token=([\w-]{43})", mails[0].text))
    assert (await post.ask("/passwords", token=token, password=PASSWORD)).status_code == 200
    assert await post.log_in(email, PASSWORD) == 200

    await post.ask("/password-resets", email=email)
    await post.deliver()
    assert len(await api.rows("SELECT 1 FROM logins WHERE name LIKE :n", n=f"{email.lower()}%")) == 2


async def _rows(api: Api) -> dict[str, int]:
    tables = ("password_requests", "password_links", "mails")
    return {table: int((await api.rows(f"SELECT count(*) FROM {table}"))[0][0]) for table in tables}
