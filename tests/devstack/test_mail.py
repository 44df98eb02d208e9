"""The mail catcher takes real SMTP and shows what came, harmlessly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest
import pytest_asyncio

from devstack import mailbox as mailbox_module
from devstack.mail import application
from devstack.mailbox import Mailbox


@pytest_asyncio.fixture(loop_scope="session")
async def catcher() -> AsyncIterator[Mailbox]:
    catcher = Mailbox()
    await catcher.start()
    yield catcher
    await catcher.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(catcher: Mailbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(catcher))
    async with httpx.AsyncClient(transport=transport, base_url="http://mail") as client:
        yield client


async def send(catcher: Mailbox, to: str, subject: str, text: str, html: str | None = None) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = "bank@example.org", to, subject, "<code-1@bank>"
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=catcher.port)


async def test_a_mail_sent_by_smtp_is_found_by_its_recipient(catcher: Mailbox, browser: httpx.AsyncClient) -> None:
    await send(catcher, "anna@example.org", "Код 1", "Ваш код: ABCD-EFGH", "<b>ABCD-EFGH</b>")
    await send(catcher, "boris@example.org", "Code 2", "other")
    (mail,) = (await browser.get("/api/mails", params={"to": "Anna@Example.org"})).json()
    assert mail["to"] == ["anna@example.org"]
    assert mail["mail_from"] == "bank@example.org"
    assert (mail["id"], mail["subject"], mail["message_id"]) == (1, "Код 1", "<code-1@bank>")
    assert mail["text"].strip() == "Ваш код: ABCD-EFGH"
    assert mail["html"].strip() == "<b>ABCD-EFGH</b>"
    assert [later["id"] for later in (await browser.get("/api/mails", params={"after_id": 1})).json()] == [2]


async def test_a_waiting_reader_gets_the_mail_when_it_arrives(catcher: Mailbox, browser: httpx.AsyncClient) -> None:
    await send(catcher, "anna@example.org", "first", "x")
    seen = catcher.last_id
    in_process = asyncio.create_task(catcher.wait_for(to="anna@example.org", after=seen))
    over_http = asyncio.create_task(browser.get("/api/mails", params={"after_id": seen, "wait_s": 5}))
    await send(catcher, "anna@example.org", "second", "x")
    assert (await in_process).subject == "second"
    assert [mail["subject"] for mail in (await over_http).json()] == ["second"]
    with pytest.raises(TimeoutError, match="no mail to nobody"):
        await catcher.wait_for(to="nobody@example.org", within_s=0.01)


async def test_the_page_shows_markup_in_a_mail_as_text(catcher: Mailbox, browser: httpx.AsyncClient) -> None:
    await send(catcher, "anna@example.org", "<script>alert(1)</script>", "<img src=x onerror=alert(2)>")
    page = await browser.get("/")
    assert "<script>" not in page.text
    assert "<img" not in page.text
    assert "&lt;img src=x onerror=alert(2)&gt;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_only_the_last_mails_are_kept(catcher: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_module, "KEPT_MAILS", 3)
    for number in range(1, 6):
        await send(catcher, "anna@example.org", str(number), "x")
    assert [mail.subject for mail in catcher.mails()] == ["3", "4", "5"]


async def test_a_refused_mail_is_a_temporary_failure_for_its_sender(catcher: Mailbox) -> None:
    catcher.refuse_next(1)
    with pytest.raises(aiosmtplib.SMTPResponseException) as refusal:
        await send(catcher, "anna@example.org", "code", "x")
    assert refusal.value.code == 451
    await send(catcher, "anna@example.org", "code", "x")
    assert len(catcher.mails()) == 1


async def test_a_mail_with_garbage_for_headers_is_kept_all_the_same(catcher: Mailbox) -> None:
    garbage = (
        b'Message-ID: <<>@x>\r\nSubject: =?nonsense?q?=FF?=\r\nContent-Type: text/plain; charset="no-such"\r\n\r\n\xff'
    )
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=catcher.port) as smtp:
        await smtp.sendmail("bank@example.org", ["anna@example.org"], garbage)
    (mail,) = catcher.mails()
    assert mail.message_id == "<<>@x>"
    assert mail.text.strip() == "\ufffd"


async def test_a_wrong_cursor_is_refused(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/api/mails", params={"after_id": "x"})).status_code == 422


async def test_the_site_of_the_documentation_is_beside_the_mails_once_it_is_made(
    catcher: Mailbox, tmp_path: Path
) -> None:
    transport = httpx.ASGITransport(application(catcher, tmp_path))
    async with httpx.AsyncClient(transport=transport, base_url="http://mail") as browser:
        assert (await browser.get("/docs/")).status_code == 404
        (tmp_path / "index.html").write_text("Quick start")
        assert (await browser.get("/docs/")).text == "Quick start"
