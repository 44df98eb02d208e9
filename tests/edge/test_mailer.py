from __future__ import annotations

import pytest

from devstack.mailbox import Mailbox
from edge.mailer import Mail, Mailer, MailFailed


def mail(to: str, key: str = "k") -> Mail:
    return Mail(to=to, subject="Привет: 115.60 RUB", text="plain ✓\n", html="<p>rich ✓</p>", key=key)


async def test_a_mail_arrives_as_text_and_html_with_an_id_made_of_its_key(mailbox: Mailbox) -> None:
    mailer = Mailer(mailbox.url, "Bank <bank@example.test>")
    after = mailbox.last_id
    await mailer.send(mail("edge-1@example.test", "code/1"))
    await mailer.send(mail("edge-1@example.test", "code/1"))
    await mailer.send(mail("edge-1@example.test", "code/2"))
    mails = mailbox.mails(to="edge-1@example.test", after=after)
    assert [one.text.strip() for one in mails] == ["plain ✓"] * 3
    assert mails[0].html.strip() == "<p>rich ✓</p>"
    assert mails[0].subject == "Привет: 115.60 RUB"
    assert mails[0].message_id == mails[1].message_id == mailer.message_id("code/1")
    assert mails[0].message_id != mails[2].message_id
    assert mails[0].message_id.endswith("@example.test>")


async def test_a_busy_server_is_a_failure_that_may_pass(mailbox: Mailbox) -> None:
    mailbox.refuse_next(1)
    with pytest.raises(MailFailed) as failed:
        await Mailer(mailbox.url, "bank@example.test").send(mail("edge-2@example.test"))
    assert not failed.value.permanent


async def test_several_mails_share_one_connection_and_use_another_once_that_is_closed(mailbox: Mailbox) -> None:
    before, after = mailbox.connections, mailbox.last_id
    async with Mailer(mailbox.url, "bank@example.test").connection() as connection:
        await connection.send(mail("edge-5@example.test"))
        mailbox.refuse_next(1)
        with pytest.raises(MailFailed):
            await connection.send(mail("edge-5@example.test"))
        await connection.send(mail("edge-5@example.test"))
        assert mailbox.connections == before + 1
        await mailbox.hang_up()
        await connection.send(mail("edge-5@example.test"))
    assert mailbox.connections == before + 2
    assert len(mailbox.mails(to="edge-5@example.test", after=after)) == 3


async def test_a_server_that_is_not_there_is_a_failure_that_may_pass(unused_tcp_port: int) -> None:
    mailer = Mailer(f"smtp://127.0.0.1:{unused_tcp_port}", "bank@example.test", timeout_s=1)
    with pytest.raises(MailFailed) as failed:
        await mailer.send(mail("edge-3@example.test"))
    assert not failed.value.permanent


@pytest.mark.parametrize("to", ["a@example.test\r\nBcc: b@example.test", "a<b@example.test>", "a@[127.0.0.1"])
async def test_an_address_that_is_none_or_several_is_finally_refused(mailbox: Mailbox, to: str) -> None:
    after = mailbox.last_id
    with pytest.raises(MailFailed) as failed:
        await Mailer(mailbox.url, "bank@example.test").send(mail(to))
    assert (failed.value.permanent, mailbox.last_id) == (True, after)


@pytest.mark.parametrize(
    "subject",
    ["=?us-ascii?q?=d0=9f?= bed", "=?utf-8?q?x=0aX-Evil=3A_1?=", "Стол =?utf-8?b?0KE=?=", "a" * 300, "Стол " * 60],
)
async def test_a_subject_is_shown_as_it_was_written_and_is_never_header_syntax(mailbox: Mailbox, subject: str) -> None:
    after, to = mailbox.last_id, "edge-4@example.test"
    mailer = Mailer(mailbox.url, "Банк <bank@example.test>")
    await mailer.send(Mail(to=to, subject=f"{subject}\r\nBcc: b@example.test", text="t", html="h", key="s"))
    [sent] = mailbox.mails(after=after)
    assert (sent.to, sent.subject) == ((to,), f"{subject.strip()} Bcc: b@example.test")


def test_a_mail_and_a_failure_show_nothing_of_the_content() -> None:
    assert repr(mail("edge@example.test", "code/1")) == "Mail(key='code/1')"


@pytest.mark.parametrize("url", ["", "localhost:25", "http://localhost", "smtp://"])
def test_an_address_that_is_no_smtp_server_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError):
        Mailer(url, "bank@example.test")
