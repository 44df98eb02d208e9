"""Log-in: the language is kept, and no answer reveals whether a person has an account."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import event, select

from domain.rate_limits import LOGIN
from store.operations.platform_settings import allow_sign_up
from store.operations.rate_limits import Try, count
from store.people.email_changes import EmailChange, make_links, want_email
from store.people.logins import Login, create_login, login_named
from store.people.operators import create_operator
from store.people.password_links import RESET, make_link
from store.people.users import user_of
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.people import PASSWORD


async def _language(cabinet: Cabinet, somebody: Person) -> str:
    [(language,)] = await cabinet.rows("SELECT language FROM users WHERE CAST(id AS text) = :id", id=somebody.user_id)
    return str(language)


@pytest.mark.source("wallet:13")
async def test_a_logged_in_client_gets_mails_in_their_chosen_language(cabinet: Cabinet) -> None:
    klara = await cabinet.client("Klara", 1)
    written = [await _language(cabinet, klara)]
    for chosen in ("ru", "en"):
        again = cabinet.stranger()
        await again.read(f"/language/{chosen}")
        await cabinet.log_in(again, klara.email, "not this one")
        refused = await _language(cabinet, klara)
        await cabinet.log_in(again, klara.email)
        written.append(f"{refused} {await _language(cabinet, klara)}")
    by_browser = cabinet.stranger()
    by_browser.http.headers["Accept-Language"] = "ru-RU,ru;q=0.9,en;q=0.5"
    await cabinet.log_in(by_browser, klara.email)
    assert [*written, await _language(cabinet, klara)] == ["en", "en ru", "ru en", "ru"]


async def test_staff_who_log_in_on_client_pages_are_shown_where_they_work_in_both_languages(cabinet: Cabinet) -> None:
    async with cabinet.market.database.transaction() as session:
        operator = await create_operator(session, "Ada", administrator=True)
        login = await create_login(session, name="ada-lost", password=cabinet.served.password, operator_id=operator.id)
    for language, said in (("en", "This login is for the administration"), ("ru", "Этот логин для администрации")):
        ada = cabinet.stranger()
        await ada.read(f"/language/{language}")
        await cabinet.log_in(ada, "ada-lost", "not this one")
        assert said not in ada.words and "/admin/" not in ada.page.text
        await cabinet.log_in(ada, "ada-lost")
        assert ada.page.status_code == 403 and said in ada.words and '<a href="/admin/">' in ada.page.text
    assert not await cabinet.rows("SELECT 1 FROM sessions WHERE CAST(login_id AS text) = :id", id=str(login.id))
    assert (await cabinet.at_admin("ada-lost")).at == "/admin/"


async def test_a_new_password_is_confirmed_and_the_log_in_form_has_the_login(cabinet: Cabinet) -> None:
    klara = await cabinet.client("Klara", 1)
    async with cabinet.market.database.transaction() as session:
        login = (await session.scalars(select(Login).where(Login.name == klara.email))).one()
        pepper = cabinet.served.services.settings.pepper_bytes
        _, token = await make_link(session, pepper, login.id, timedelta(hours=1))
    somebody = cabinet.stranger()
    await somebody.read(f"/password?token={token}")
    said = await somebody.send("/password", password="a much better one", again="a much better one")
    assert somebody.at == "/log-in" and "Your password is set. Log in with it." in said
    assert somebody.form("/log-in").fields["login"] == klara.email
    await somebody.send("/log-in", password="a much better one")
    assert somebody.at == "/"
    other = cabinet.stranger()
    assert "is set" not in await other.read("/log-in") and not other.form("/log-in").fields["login"]


async def test_a_changed_address_is_confirmed_on_the_page_of_its_link_and_only_once(cabinet: Cabinet) -> None:
    klara = await cabinet.client("Klara", 1)
    new = f"new-{klara.email}"
    async with cabinet.market.database.transaction() as session:
        await want_email(session, await user_of(session, None, UUID(klara.user_id), lock=True), new)
        change = (await session.scalars(select(EmailChange).where(EmailChange.email_after == new))).one()
        token, _ = await make_links(session, cabinet.served.services.settings.pepper_bytes, change)
    somebody = cabinet.stranger()
    assert "Use this address for your account?" in await somebody.read(f"/email?token={token}")
    assert f"The address of your account is now {new}." in await somebody.send("/email")
    await somebody.read(f"/email?token={token}")
    assert "no longer" in await somebody.send("/email") or somebody.form("/email") is not None
    [(email,)] = await cabinet.rows("SELECT email FROM users WHERE CAST(id AS text) = :id", id=klara.user_id)
    assert email == new


async def _outcome(cabinet: Cabinet, path: str, to: str | None = None, /, **fields: str) -> tuple[int, str]:
    """The answer to a stranger's form, without the stranger's own values."""
    stranger = cabinet.stranger()
    await stranger.read(path)
    said = await stranger.send(to, **fields)
    for value in fields.values():
        said = said.replace(value, "…")
    return stranger.page.status_code, f"{stranger.at} {said}"


async def test_no_page_reveals_whether_a_login_or_an_address_is_known(cabinet: Cabinet) -> None:
    known, gone = await cabinet.client("Klara", 1), await cabinet.client("Gone", 1)
    await cabinet.rows(
        "UPDATE logins SET disabled_at = clock_timestamp() WHERE name = :name RETURNING id", name=gone.email
    )
    async with cabinet.market.database.transaction() as session:
        await allow_sign_up(session, cabinet.market.marketplace_id)
    emails = (known.email, gone.email, "nobody@example.test")
    for answers in (
        [await _outcome(cabinet, "/log-in", login=email, password="not this one") for email in emails],
        [await _outcome(cabinet, "/password", "/password/asked", email=email) for email in emails],
        [await _outcome(cabinet, "/sign-up", name="Nina", email=email) for email in emails],
    ):
        assert len(set(answers)) == 1


async def _work(cabinet: Cabinet, request: Awaitable[object]) -> tuple[list[str], int]:
    """What the program does for this request: the statements that it sends, and how many hashes it works out."""
    engine, passwords = cabinet.served.services.database.engine.sync_engine, cabinet.served.services.passwords
    sent: list[str] = []

    def note(*call: Any) -> None:
        sent.append(call[2])

    before = passwords.hashings
    event.listen(engine, "before_cursor_execute", note)
    await request
    event.remove(engine, "before_cursor_execute", note)
    return sent, passwords.hashings - before


async def test_a_wrong_password_takes_the_same_work_for_a_stranger_as_for_a_client(cabinet: Cabinet) -> None:
    """Argon2 is worked out for both: without it an unknown login would be answered in a tenth of the time."""
    known = await cabinet.client("Klara", 1)
    for ask in (_answer_at_log_in, _refused_by_api):
        work, nobodys = [await _work(cabinet, ask(cabinet, email)) for email in (known.email, "nobody@example.test")]
        sent, hashings = work
        assert (bool(sent), hashings) == (True, 1)
        assert nobodys == work


async def test_an_unknown_address_takes_the_same_work_as_a_known_one_to_be_written_to(cabinet: Cabinet) -> None:
    """Requests are stored alike for all and processed later; otherwise known addresses would take longer."""
    known = await cabinet.client("Klara", 1)
    async with cabinet.market.database.transaction() as session:
        await allow_sign_up(session, cabinet.market.marketplace_id)
    for path, action, fields in (("/password", "/password/asked", {}), ("/sign-up", "/sign-up", {"name": "Nina"})):
        work, nobodys = [
            await _work(cabinet, _outcome(cabinet, path, action, email=email, **fields))
            for email in (known.email, "nobody@example.test")
        ]
        sent, hashings = work
        assert (any("password_requests" in statement for statement in sent), hashings) == (True, 0)
        assert nobodys == work


async def _answer_at_log_in(cabinet: Cabinet, login: str) -> None:
    await _outcome(cabinet, "/log-in", login=login, password="not this one")


async def _refused_by_api(cabinet: Cabinet, login: str) -> None:
    form = {"grant_type": "password", "username": login, "password": PASSWORD + "!"}
    async with httpx.AsyncClient(base_url=cabinet.served.address, trust_env=False, timeout=120) as http:
        reply = await http.post("/api/v1/oauth/token", data=form)
    assert reply.json()["error"] == "invalid_grant"


async def test_strangers_who_guess_lock_neither_clients_nor_administrators_out_of_their_own_browsers(
    cabinet: Cabinet,
) -> None:
    klara, administrator = await cabinet.client("Klara", 1), await cabinet.administrator()
    query = "SELECT name FROM logins WHERE operator_id IS NOT NULL ORDER BY id DESC LIMIT 1"
    [(admin_login,)] = await cabinet.rows(query)
    async with cabinet.market.database.transaction() as session:
        for login in (klara.email, admin_login):
            for _ in range(LOGIN.most + 1):
                await count(session, cabinet.served.services.settings.pepper_bytes, [Try(LOGIN, login)])
    stranger, elsewhere = cabinet.stranger(), await cabinet.at_admin(str(admin_login))
    await cabinet.log_in(stranger, klara.email)
    assert (stranger.page.status_code, stranger.at) == (429, "/log-in")
    assert (elsewhere.page.status_code, elsewhere.at) == (400, "/admin/login")
    await klara.read("/my/profile")
    await klara.send("/log-out")
    await cabinet.log_in(klara, klara.email)
    assert (klara.page.status_code, klara.at) == (200, "/")
    administrator.http.cookies.delete("admin_session")
    await administrator.read("/admin/login")
    await administrator.send(username=str(admin_login), password=PASSWORD)
    assert (administrator.page.status_code, administrator.at) == (200, "/admin/")


async def test_a_browser_that_set_a_new_password_is_known(cabinet: Cabinet) -> None:
    klara, stranger = await cabinet.client("Klara", 1), cabinet.stranger()
    pepper = cabinet.served.services.settings.pepper_bytes
    async with cabinet.market.database.transaction() as session:
        found = await login_named(session, klara.email)
        assert found is not None
        _, link = await make_link(session, pepper, found.id, RESET)
        for _ in range(LOGIN.most + 1):
            await count(session, pepper, [Try(LOGIN, klara.email)])
    await stranger.read(f"/password?token={link}")
    await stranger.send("/password", password="a new long password", again="a new long password")
    await cabinet.log_in(stranger, klara.email, "a new long password")
    assert (stranger.page.status_code, stranger.at) == (200, "/")
