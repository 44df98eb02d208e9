"""Mail by SMTP (RFC 5321), text with an HTML alternative; the same key always makes the same Message-ID.

The recipient is given to the server and never read from a header, and headers are never parsed: titles and names stand
in subjects, and some look like header syntax.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from edge.characters import is_email

SEND_TIMEOUT_S: Final = 10.0
_DEFAULT_PORTS: Final = {"smtp": 25, "smtps": 465}


class MailFailed(Exception):
    """The server did not accept the mail.

    `permanent`: repeating it is pointless (RFC 5321, 5yz). `away`: the failure is not about this mail; the server
    accepts none now.
    """

    def __init__(self, reason: str, *, permanent: bool, away: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.away = away


@dataclass(frozen=True, slots=True)
class Mail:
    """`key` identifies the mail for ever: a mail sent twice after a crash has the same Message-ID."""

    to: str
    subject: str
    text: str
    html: str
    key: str
    language: str = "en"
    """Of all its words; mails in two languages are never sent as one."""

    def __repr__(self) -> str:
        return f"Mail(key={self.key!r})"  # subject, bodies and address may be secrets


class Mailer:
    """Sends through `smtp_url` (`smtp://[user:password@]host[:port]`, `smtps://…`) as `sender` (`Name <address>`).

    STARTTLS is used when the server offers it.
    """

    def __init__(self, smtp_url: str, sender: str, *, timeout_s: float = SEND_TIMEOUT_S) -> None:
        parts = urlsplit(smtp_url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise ValueError("the SMTP address must look like smtp://host:port")
        self._host = parts.hostname
        self._port = parts.port or _DEFAULT_PORTS[parts.scheme]
        self._tls = parts.scheme == "smtps"
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._name, self.sender = parseaddr(sender)
        self._domain = self.sender.rpartition("@")[2] or "localhost"
        self._timeout_s = timeout_s

    async def send(self, mail: Mail) -> None:
        """Sends on a connection of its own; see `Connection.send`."""
        async with self.connection() as connection:
            await connection.send(mail)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """For several mails, one after the other. Opened for the first, and again once the server has closed it."""
        connection = Connection(self)
        try:
            yield connection
        finally:
            await connection.close()

    def client(self) -> aiosmtplib.SMTP:
        """A client that is not connected yet."""
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._tls,
            timeout=self._timeout_s,
        )

    def message_id(self, key: str) -> str:
        """The Message-ID (RFC 5322, 3.6.4) of the mail with this key."""
        return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{self._domain}>"

    def message(self, mail: Mail) -> MIMEMultipart:
        """As it goes over the wire; raises what the library raises for text that cannot be encoded."""
        # Not `EmailMessage`: it parses the subject, decodes what looks like an encoded word in it, and writes the
        # result unencoded. Encoded as a whole, a subject is plain text to every reader.
        message = MIMEMultipart("alternative")
        message["From"] = formataddr((self._name, self.sender))
        message["To"] = mail.to
        message["Subject"] = Header(" ".join(mail.subject.split()), "utf-8", header_name="Subject").encode()
        message["Message-ID"] = self.message_id(mail.key)
        message.attach(MIMEText(mail.text, "plain", "utf-8"))
        message.attach(MIMEText(mail.html, "html", "utf-8"))
        return message


class Connection:
    """To the mail server: opened when there is something to send, closed by `Mailer.connection`."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self._smtp: aiosmtplib.SMTP | None = None

    async def send(self, mail: Mail) -> None:
        """Returns when the server has accepted the mail. Raises `MailFailed`, also for a mail that cannot be built."""
        if not is_email(mail.to):
            raise MailFailed("no e-mail address", permanent=True)
        try:
            message = self._mailer.message(mail)
        except Exception as error:
            raise MailFailed(f"not built: {type(error).__name__}", permanent=True) from error
        try:
            await self._send(message, mail.to)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise MailFailed(type(error).__name__, permanent=all(r.code >= 500 for r in error.recipients)) from None
        except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as error:
            raise MailFailed(f"SMTP {error.code}", permanent=error.code >= 500) from None
        except (aiosmtplib.SMTPException, OSError) as error:  # before the server saw this mail
            await self.close()
            raise MailFailed(_named(error), permanent=False, away=True) from None
        except ValueError as error:  # the library found something that it cannot send
            raise MailFailed(f"not sent: {type(error).__name__}", permanent=True) from error

    async def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None and smtp.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):  # what was taken stays taken
                await smtp.quit()

    async def _send(self, message: MIMEMultipart, to: str) -> None:
        if self._smtp is not None:
            try:
                await self._smtp.send_message(message, sender=self._mailer.sender, recipients=[to])
            except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPSenderRefused, ConnectionError):
                await self.close()  # it takes so many mails on one connection, or waited too long for this one
            else:
                return
        smtp = self._mailer.client()
        await smtp.connect()
        self._smtp = smtp
        await smtp.send_message(message, sender=self._mailer.sender, recipients=[to])


def _named(error: Exception) -> str:
    return f"SMTP {error.code}" if isinstance(error, aiosmtplib.SMTPResponseException) else type(error).__name__
