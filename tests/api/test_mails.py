"""Mails that wait: codes go first, what waits for one person goes together, and no mail holds up another."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import Counter
from dataclasses import dataclass, replace

import pytest_asyncio
from sqlalchemy import text

from activities.mail import MailActivities
from devstack.mailbox import Mailbox
from edge.mailer import Mail, Mailer
from edge.sealing import Sealer
from store.mail.mails import TOGETHER, claim_mails, put_mail
from tests.fixtures.administration import browser, log_in
from tests.fixtures.market import Api
from tests.fixtures.people import People
from texts.mails import together

URL = "https://market.example.test"
NOTICES = 1_200


@dataclass
class Outbox:
    """The waiting mails in a market database without others; `mark` distinguishes this test's mailboxes."""

    api: Api
    mailbox: Mailbox
    sealer: Sealer
    mails: MailActivities
    mark: str

    def mail(self, who: str, subject: str = "News") -> Mail:
        html = f"<!doctype html><meta charset='utf-8'><body><p>{subject}: what happened</p></body></html>\n"
        return Mail(self.address(who), subject, f"{subject}: what happened\n", html, f"test/{secrets.token_hex(8)}")

    def address(self, who: str) -> str:
        return f"{who}-{self.mark}@example.test"

    async def put(self, *mails: Mail, urgent: bool = False) -> None:
        async with self.api.database.transaction() as session:
            for mail in mails:
                await put_mail(session, self.sealer, mail, urgent=urgent)

    async def time_passes(self) -> None:
        """Everything that waits is due."""
        await self.change("UPDATE mails SET next_try_at = now() WHERE sealed IS NOT NULL")

    async def change(self, statement: str, **values: object) -> None:
        async with self.api.database.transaction() as session:
            await session.execute(text(statement), values)

    def got(self, who: str) -> list[str]:
        return [mail.subject for mail in self.mailbox.mails(to=self.address(who))]

    async def failures(self) -> list[str]:
        rows = await self.api.rows(
            "SELECT failure FROM mails WHERE recipient LIKE :m AND failed_at IS NOT NULL", m=f"%{self.mark}%"
        )
        return [row[0] for row in rows]


@pytest_asyncio.fixture(loop_scope="session")
async def outbox(api: Api, mailbox: Mailbox) -> Outbox:
    sealer = Sealer(api.settings.sealing_key_bytes)
    mailer = Mailer(mailbox.url, "Market <market@example.test>")
    mails = MailActivities(api.database, sealer, api.settings.pepper_bytes, mailer, URL)
    made = Outbox(api, mailbox, sealer, mails, secrets.token_hex(4))
    await made.change("UPDATE mails SET sealed = NULL, sent_at = now() - interval '1 hour' WHERE sealed IS NOT NULL")
    return made


async def test_a_code_is_sent_at_once_though_more_than_a_thousand_notices_wait(outbox: Outbox) -> None:
    await outbox.put(outbox.mail("reader"))
    copied = "SELECT key || n, n || recipient, sealed FROM mails, generate_series(2, :all) AS n WHERE recipient = :one"
    await outbox.change(
        f"INSERT INTO mails (key, recipient, sealed) {copied}", all=NOTICES, one=outbox.address("reader")
    )
    await outbox.put(outbox.mail("payer", "Your code"), urgent=True)
    async with outbox.api.database.transaction() as session:
        first, *_ = await claim_mails(session, 10)
        await session.rollback()
    assert first.recipient == outbox.address("payer")
    assert await outbox.mails.send_codes() == 1
    assert outbox.got("payer") == ["Your code"]
    await outbox.change("UPDATE mails SET sealed = NULL, sent_at = now() WHERE sealed IS NOT NULL")


async def test_what_waits_for_one_person_comes_in_one_mail_and_codes_by_themselves(outbox: Outbox) -> None:
    await outbox.put(*(outbox.mail("anna", f"News {number}") for number in range(TOGETHER + 1)), outbox.mail("boris"))
    await outbox.put(*(outbox.mail("anna", f"Code {number}") for number in range(2)), urgent=True)
    assert await outbox.mails.send_mails() == 5
    assert (outbox.got("anna"), outbox.got("boris")) == (
        ["Code 0", "Code 1", f"News {TOGETHER - 1} (+{TOGETHER - 1})", f"News {TOGETHER}"],
        ["News"],
    )
    mail = outbox.mailbox.mails(to=outbox.address("anna"))[2]
    for body in (mail.text, mail.html):
        places = [body.index(f"News {number}: what happened") for number in range(TOGETHER)]
        assert places == sorted(places)
    assert mail.html.count("<body>") == mail.html.count("</html>") == 1


async def test_mails_in_two_languages_are_never_sent_as_one(outbox: Outbox) -> None:
    await outbox.put(outbox.mail("anna", "News"), replace(outbox.mail("anna", "Новость"), language="ru"))
    while await outbox.mails.send_mails() == 0:
        await outbox.time_passes()
    await outbox.time_passes()
    await outbox.mails.send_mails()
    assert sorted(outbox.got("anna")) == ["News", "Новость"]


async def test_after_a_mail_a_person_gets_no_other_notice_for_a_while_and_then_all_at_once(outbox: Outbox) -> None:
    await outbox.put(outbox.mail("anna", "First"))
    await outbox.mails.send_mails()
    await outbox.put(outbox.mail("anna", "Second"))
    await outbox.put(outbox.mail("anna", "Third"))
    await outbox.put(outbox.mail("anna", "Code"), urgent=True)
    await outbox.mails.send_mails()
    early = outbox.got("anna")
    await outbox.time_passes()
    await outbox.mails.send_mails()
    assert (early, outbox.got("anna")) == (["First", "Code"], ["First", "Code", "Third (+1)"])


async def test_a_mail_that_cannot_be_written_is_put_aside_and_shown_and_the_others_are_sent(
    outbox: Outbox, people: People
) -> None:
    broken = outbox.mail("anna", "Sealed for nobody")
    odd = Mail(f"a@[127.0.0.1 {outbox.mark}", "No mailbox", "t", "<body></body>", f"test/{secrets.token_hex(8)}")
    await outbox.put(broken, odd, outbox.mail("anna", "\ud800"), outbox.mail("anna", "Whole"), outbox.mail("boris"))
    await outbox.change("UPDATE mails SET sealed = 'x' WHERE key = :key", key=broken.key)
    await outbox.mails.send_mails()
    assert (outbox.got("anna"), outbox.got("boris")) == (["Whole"], ["News"])
    assert sorted(await outbox.failures()) == [
        "no e-mail address", "not built: UnicodeEncodeError", "not opened: SealBroken",
    ]  # fmt: skip
    async with browser(people.api) as client:
        await log_in(client, await people.staff(administrator=True))
        listed, overview = await client.get("/admin/mails/list"), await client.get("/admin/")
    assert "not built: UnicodeEncodeError" in listed.text and outbox.address("boris") not in listed.text
    assert "Mails not sent" in overview.text


async def test_a_mailbox_that_is_busy_holds_up_no_other_and_hears_the_same_mail_again(outbox: Outbox) -> None:
    await outbox.put(outbox.mail("anna", "One"), outbox.mail("anna", "Two"), outbox.mail("boris"))
    outbox.mailbox.refuse_next(1)
    assert await outbox.mails.send_mails() == 1
    await outbox.put(outbox.mail("anna", "Later"))
    early = (outbox.got("anna"), outbox.got("boris"))
    await outbox.change("UPDATE mails SET next_try_at = now() WHERE sealed IS NOT NULL AND tries > 0")
    await outbox.mails.send_mails()
    assert early == ([], ["News"])
    assert outbox.got("anna") == ["Later", "Two (+1)"]


async def test_due_mails_share_one_connection_and_one_bad_mail_does_not_end_it(outbox: Outbox) -> None:
    await outbox.put(outbox.mail("anna", "\ud800"), *(outbox.mail(f"reader{number}") for number in range(8)))
    outbox.mailbox.refuse_next(1)
    before = outbox.mailbox.connections
    assert await outbox.mails.send_mails() == 7
    assert outbox.mailbox.connections == before + 1
    assert await outbox.failures() == ["not built: UnicodeEncodeError"]


async def test_two_senders_at_once_send_each_mail_once(outbox: Outbox) -> None:
    await outbox.put(*(outbox.mail(f"reader{number % 40}", f"News {number}") for number in range(120)))
    await asyncio.gather(outbox.mails.send_mails(), outbox.mails.send_mails())
    texts = [mail.text for number in range(40) for mail in outbox.mailbox.mails(to=outbox.address(f"reader{number}"))]
    said = Counter(re.findall(r"^News \d+: what happened", "\n".join(texts), re.MULTILINE))
    assert (len(said), set(said.values())) == (120, {1})


async def test_while_the_server_is_down_a_run_tries_a_few_mails_and_leaves_the_rest_unchanged(outbox: Outbox) -> None:
    await outbox.put(*(outbox.mail(f"reader{number}") for number in range(8)))
    away = Mailer("smtp://127.0.0.1:9", "Market <market@example.test>", timeout_s=1)
    settings = outbox.api.settings
    mails = MailActivities(outbox.api.database, outbox.sealer, settings.pepper_bytes, away, URL)
    assert await mails.send_mails() == 0
    tries = "SELECT tries FROM mails WHERE sealed IS NOT NULL AND recipient LIKE :m ORDER BY tries"
    assert [row.tries for row in await outbox.api.rows(tries, m=f"%{outbox.mark}%")] == [0] * 5 + [1] * 3
    await outbox.time_passes()
    assert await outbox.mails.send_mails() == 8


async def test_mails_that_are_finally_refused_together_are_tried_one_by_one(outbox: Outbox) -> None:
    await outbox.put(*(outbox.mail("anna", subject) for subject in ("One", "\ud800", "Two")))
    await outbox.mails.send_mails()
    assert sorted(outbox.got("anna")) == ["One", "Two"]
    assert await outbox.failures() == ["not built: UnicodeEncodeError"]


def test_one_mail_alone_stays_as_it_is() -> None:
    mail = Mail("a@example.test", "Subject", "text", "html", "key")
    assert together([mail], "key") is mail
