"""Logins and sessions: who gets in, who does not, and what ends when."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from domain.errors import Conflict, Malformed, TooMany, Unauthenticated
from domain.roles import Role
from edge.passwords import Passwords, check_password
from store.people.logins import Person, create_login, normal_login
from store.people.password_links import INVITATION, disable, enable, make_link, set_password, use_link
from store.people.sessions import end_session, find_session
from tests.fixtures.people import ADDRESS, PASSWORD, People, Somebody


async def who(people: People, token: str) -> Person | None:
    async with people.database.transaction() as session:
        return await find_session(session, people.pepper, token)


async def come_in(people: People, somebody: Somebody) -> str:
    return await people.log_in.session(somebody.login, PASSWORD, ADDRESS)


async def test_login_and_password_log_in_with_any_case_of_the_login(people: People) -> None:
    client = await people.client()
    token = await people.log_in.session(f" {client.login.upper()} ", PASSWORD, ADDRESS)
    person = await who(people, token)
    assert person is not None
    assert (person.user_id, person.roles, person.email) == (client.owner_id, frozenset({Role.CLIENT}), client.email)
    assert person.marketplace_id == people.api.marketplace_id


async def test_staff_have_the_roles_that_they_were_given(people: People) -> None:
    plain, both = await people.staff(), await people.staff(approver=True, administrator=True)
    roles = [person.roles for each in (plain, both) if (person := await who(people, await come_in(people, each)))]
    assert roles == [{Role.OPERATOR}, {Role.OPERATOR, Role.APPROVER, Role.ADMINISTRATOR}]


async def test_wrong_unknown_and_disabled_are_one_answer_after_the_same_work(people: People) -> None:
    known, disabled = await people.client(), await people.client()
    async with people.database.transaction() as session:
        await disable(session, disabled.login_id)
        nameless = await people.client()
        await session.execute(text("UPDATE logins SET password = NULL WHERE id = :id"), {"id": nameless.login_id})
    tries = [(known.login, "wrong password"), ("nobody@example.test", PASSWORD), (disabled.login, PASSWORD)]
    answers, work = [], []
    for login, password in [*tries, (nameless.login, PASSWORD)]:
        before = people.passwords.hashings
        with pytest.raises(Unauthenticated) as refused:
            await people.log_in.session(login, password, ADDRESS)
        answers.append(str(refused.value))
        work.append(people.passwords.hashings - before)
    assert set(answers) == {"wrong_login: Login or password is wrong."}
    assert work == [1, 1, 1, 1]


async def test_tries_are_counted_before_the_work_and_refused_with_the_time_to_retry(people: People) -> None:
    client = await people.client()
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            await people.log_in.session(client.login, "wrong password", "192.0.2.66")
    before = people.passwords.hashings
    with pytest.raises(TooMany) as refused:
        await people.log_in.session(client.login, PASSWORD, "192.0.2.66")
    assert (refused.value.code, people.passwords.hashings) == ("too_many_tries", before)
    assert 0 < refused.value.retry_after_s <= 900
    assert await who(people, await come_in(people, client)), "from elsewhere the owner still comes in"


async def test_who_is_right_uses_no_tries_up(people: People) -> None:
    client = await people.client()
    tokens = {await people.log_in.session(client.login, PASSWORD, "192.0.2.67") for _ in range(12)}
    assert len(tokens) == 12


async def test_a_session_ends_when_its_owner_logs_out_and_when_it_expires(people: People) -> None:
    client = await people.client()
    left, late, other = [await come_in(people, client) for _ in range(3)]
    async with people.database.transaction() as session:
        await end_session(session, people.pepper, left)
        over = text("UPDATE sessions SET expires_at = clock_timestamp() WHERE login_id = :id AND ended_at IS NULL")
        await session.execute(over, {"id": client.login_id})
    fresh = await come_in(people, client)
    assert [await who(people, token) for token in (left, late, other, "nonsense", "\ud800")] == [None] * 5
    assert await who(people, fresh)


async def test_a_changed_password_ends_every_session(people: People) -> None:
    client, bystander = await people.client(), await people.client()
    tokens, kept = [await come_in(people, client) for _ in range(2)], await come_in(people, bystander)
    hashed = await people.passwords.hash("another password")
    async with people.database.transaction() as session:
        await set_password(session, client.login_id, hashed)
    assert [await who(people, token) for token in tokens] == [None, None]
    assert await who(people, kept)
    with pytest.raises(Unauthenticated):
        await come_in(people, client)
    assert await people.log_in.session(client.login, "another password", ADDRESS)


async def test_a_disabled_login_is_out_at_once_and_what_it_had_open_stays_closed(people: People) -> None:
    client = await people.client()
    token = await come_in(people, client)
    async with people.database.transaction() as session:
        await disable(session, client.login_id)
    assert await who(people, token) is None
    async with people.database.transaction() as session:
        await enable(session, client.login_id)
    assert await who(people, token) is None
    assert await who(people, await come_in(people, client))


async def test_a_link_sets_a_password_once_and_ends_the_other_links(people: People) -> None:
    client = await people.client()
    token = await come_in(people, client)
    hashed = await people.passwords.hash("a password from a link")
    async with people.database.transaction() as session:
        links = [(await make_link(session, people.pepper, client.login_id, INVITATION))[1] for _ in range(3)]
        late = text(
            "UPDATE password_links SET expires_at = clock_timestamp() WHERE login_id = :id AND id = ("
            "SELECT max(id::text)::uuid FROM password_links WHERE login_id = :id)"
        )
        await session.execute(late, {"id": client.login_id})
    used = []
    for link in (links[2], links[0], links[0], links[1], "nonsense"):
        async with people.database.transaction() as session:
            used.append(await use_link(session, people.pepper, link, hashed))
    assert used == [False, True, False, False, False]
    assert await who(people, token) is None


async def test_a_login_is_unique_over_the_platform(people: People) -> None:
    client, other = await people.client(), await people.client()
    for name, owner in ((client.login.upper(), await people.staff()), ("another-name", other)):
        with pytest.raises(Conflict, match="login_exists"):
            async with people.database.transaction() as session:
                await create_login(session, name=name, password=None, user_id=owner.owner_id)
    assert await come_in(people, client)


@pytest.mark.parametrize("text_", ["", "  ", "two words", "a\x00b", "x" * 255])
async def test_what_is_no_login_is_refused(text_: str) -> None:
    with pytest.raises(Malformed, match="bad_login"):
        normal_login(text_)


@pytest.mark.parametrize("password", ["short", "x" * 201, "aaaaaaaaaaaa", "Anna.Schmidt", "anna.schmidt@example.test"])
async def test_a_password_that_is_guessed_at_once_is_refused(password: str) -> None:
    with pytest.raises(Malformed, match="weak_password"):
        check_password(password, "anna.schmidt@example.test")
    assert check_password(PASSWORD, "anna.schmidt@example.test") == PASSWORD


async def test_passwords_and_tokens_are_stored_as_hashes_alone(people: People) -> None:
    client, hashed = await people.client(), await people.passwords.hash(PASSWORD)
    async with people.database.transaction() as session:
        await set_password(session, client.login_id, hashed)
    token = await come_in(people, client)
    rows = str(await people.api.rows("SELECT l.*, s.* FROM logins l JOIN sessions s ON s.login_id = l.id"))
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in rows
    assert PASSWORD not in rows and token not in rows


async def test_two_hashes_of_one_password_differ_and_both_match() -> None:
    passwords = Passwords()
    first, second = await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)
    assert first != second
    assert [await passwords.matches(PASSWORD, each) for each in (first, second, None)] == [True, True, False]
