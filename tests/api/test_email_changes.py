"""A changed e-mail address: confirmed at the new one, reported to the old one, and without secrets for a while."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from uuid import UUID

import pytest_asyncio
from sqlalchemy import text

from store.people.email_changes import follow_link, secret_address
from store.people.users import user_of
from tests.fixtures.market_client import Json
from tests.fixtures.people import PASSWORD, People, Somebody
from tests.fixtures.post import Post


@dataclass
class Move:
    """A client of the marketplace, whose back end requests another address for them."""

    people: People
    post: Post
    client: Somebody
    new: str

    async def ask(self, email: str | None = None) -> Json:
        body = {"name": "Klara", "email": email or self.new}
        reply = await self.people.api.client.put(f"/users/{self.client.owner_id}", body)
        assert reply.status_code == 200, reply.text
        answer: Json = reply.json()
        return answer

    async def links(self, after: int = 0) -> tuple[str, str]:
        """The token at the new address, and the one at the old."""
        await self.post.deliver()
        found = []
        for email in (self.new, self.client.email):
            mail = self.post.mailbox.mails(to=email, after=after)[-1]
            [token] = set(re.findall(r"/email\?token=([\w-]{43})", mail.text + mail.html))
            found.append(token)
        return found[0], found[1]

    async def follow(self, token: str) -> str | None:
        async with self.people.database.transaction() as session:
            return await follow_link(session, self.people.pepper, token)

    async def time_passes(self, interval: str) -> None:
        change = "UPDATE email_changes SET created_at = created_at - CAST(:time AS interval),"
        change += " confirmed_at = confirmed_at - CAST(:time AS interval) WHERE user_id = :id"
        async with self.people.database.transaction() as session:
            await session.execute(text(change.replace(":time", f"'{interval}'")), {"id": self.client.owner_id})

    async def resets(self) -> list[str]:
        """Which of the two addresses gets a link for a password when it is asked for at both."""
        after = self.post.mailbox.last_id
        await self.people.api.rows("UPDATE tries SET count = 0 RETURNING bucket")
        for email in (self.client.email, self.new):
            assert (await self.post.ask("/password-resets", email=email)).status_code == 202
        await self.post.deliver()
        boxes = {"old": self.client.email, "new": self.new}
        return [
            name for name, email in boxes.items()
            if any("/password?token=" in mail.text for mail in self.post.mailbox.mails(to=email, after=after))
        ]  # fmt: skip

    async def secrets_go_to(self) -> str:
        async with self.people.database.transaction() as session:
            user = await user_of(session, None, UUID(str(self.client.owner_id)))
            return await secret_address(session, user)


@pytest_asyncio.fixture(loop_scope="session")
async def move(people: People, post: Post) -> Move:
    return Move(people, post, await people.client(), f"new-{secrets.token_hex(4)}@example.test")


async def test_an_address_that_a_shop_names_is_of_no_use_until_it_is_confirmed_there(move: Move) -> None:
    answer = await move.ask()
    assert (answer["email"], answer["wanted_email"]) == (move.client.email, move.new)
    assert await move.resets() == ["old"]
    confirm, keep = await move.links()
    assert confirm != keep
    [result] = [mail for mail in move.post.mailbox.mails(to=move.client.email) if "/email?token=" in mail.text]
    assert result.subject == "Your e-mail address is to be changed" and move.new not in result.text


async def test_once_confirmed_it_gets_no_codes_or_links_for_a_while_and_sessions_end(move: Move) -> None:
    session_token = await move.people.log_in.session(move.client.login, PASSWORD, "192.0.2.77")
    await move.ask()
    confirm, _ = await move.links()
    assert await move.follow(confirm) == move.new
    assert await move.follow(confirm) is None
    shown = await move.people.api.client.read(f"/users/{move.client.owner_id}")
    assert (shown["email"], shown["wanted_email"]) == (move.new, None)
    [(ended,)] = await move.people.api.rows(
        "SELECT count(*) FROM sessions WHERE login_id = :id AND ended_at IS NOT NULL", id=move.client.login_id
    )
    assert session_token and ended == 1
    assert (await move.resets(), await move.secrets_go_to()) == (["old"], move.client.email)
    await move.time_passes("71 hours")
    assert await move.secrets_go_to() == move.client.email
    await move.time_passes("2 hours")
    assert (await move.resets(), await move.secrets_go_to()) == (["new"], move.new)


async def test_who_reads_the_old_address_keeps_it_before_and_after_the_other_was_confirmed(move: Move) -> None:
    await move.ask()
    confirm, keep = await move.links()
    assert await move.follow(keep) == move.client.email
    assert await move.follow(confirm) is None
    after = move.post.mailbox.last_id
    await move.ask()
    confirm, keep = await move.links(after)
    assert await move.follow(confirm) == move.new
    assert await move.follow(keep) == move.client.email
    assert (await move.resets(), await move.secrets_go_to()) == (["old"], move.client.email)
    shown = await move.people.api.client.read(f"/users/{move.client.owner_id}")
    assert (shown["email"], shown["wanted_email"]) == (move.client.email, None)


async def test_a_second_change_does_not_shorten_the_time_of_the_first(move: Move) -> None:
    await move.ask()
    confirm, keep = await move.links()
    await move.follow(confirm)
    after, third = move.post.mailbox.last_id, f"third-{secrets.token_hex(4)}@example.test"
    await move.ask(third)
    await move.post.deliver()
    result = [len(move.post.mailbox.mails(to=email, after=after)) for email in (third, move.new, move.client.email)]
    assert result == [1, 0, 1]
    assert await move.secrets_go_to() == move.client.email
    assert await move.follow(keep) == move.client.email


async def test_links_end_and_the_address_of_today_ends_what_was_wanted(move: Move) -> None:
    await move.ask()
    confirm, _ = await move.links()
    await move.time_passes("73 hours")
    assert await move.follow(confirm) is None
    answer = await move.ask(move.client.email)
    assert (answer["email"], answer["wanted_email"]) == (move.client.email, None)
    assert await move.follow(secrets.token_urlsafe(32)) is None


async def test_a_mailbox_is_not_flooded_with_changes(move: Move) -> None:
    victim = f"victim-{secrets.token_hex(4)}@example.test"
    users = [await move.people.api.client.user("Nina", f"nina-{number}@example.test") for number in range(6)]
    replies = [
        await move.people.api.client.put(f"/users/{user['id']}", {"name": "Nina", "email": victim}) for user in users
    ]
    assert [reply.status_code for reply in replies] == [200] * 5 + [429]
