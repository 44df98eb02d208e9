"""The logs of the market's programs contain nothing confidential."""

from __future__ import annotations

from tests.fixtures.logs import Logged
from tests.fixtures.people import PASSWORD, People
from tests.fixtures.post import Post


async def test_neither_addresses_nor_passwords_nor_links_are_in_a_log(
    people: People, post: Post, logged: Logged
) -> None:
    client, after = await people.client(), post.mailbox.last_id
    assert (await post.ask("/password-resets", email=client.email)).status_code == 202
    post.mailbox.refuse_next(1)
    await post.deliver()
    await post.api.rows("UPDATE mails SET next_try_at = now() WHERE sealed IS NOT NULL RETURNING id")
    await post.deliver()
    token = await post.link(client.email, after)
    assert await post.log_in(client.login, PASSWORD) == 200
    assert await post.log_in(client.login, "a wrong password") == 400
    assert "mail_refused" in {line["event"] for line in logged.lines}
    settings = post.api.settings
    for secret in (client.email, PASSWORD, "a wrong password", token, settings.pepper.get_secret_value()):
        assert secret not in logged.getvalue()
