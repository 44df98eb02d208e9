"""Mail by SMTP (RFC 5321), text with an HTML alternative; the same key always makes the same Message-ID."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

SEND_TIMEOUT_S: Final = 10.0
_DEFAULT_PORTS: Final = {"smtp": 25, "smtps": 465}


class MailFailed(Exception):
    """The server did not take the mail; `permanent` when trying the same again is pointless (RFC 5321, 5yz)."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Mail:
    """`key` identifies the mail for ever: a mail sent twice after a crash carries the same Message-ID."""

    to: str
    subject: str
    text: str
    html: str
    key: str

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
        self._sender = sender
        self._domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
        self._timeout_s = timeout_s

    async def send(self, mail: Mail) -> None:
        """Returns when the server has taken the mail; raises `MailFailed`."""
        try:
            await aiosmtplib.send(
                self._message(mail),
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._tls,
                timeout=self._timeout_s,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise MailFailed(type(error).__name__, permanent=all(r.code >= 500 for r in error.recipients)) from None
        except aiosmtplib.SMTPResponseException as error:
            raise MailFailed(f"SMTP {error.code}", permanent=error.code >= 500) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailFailed(type(error).__name__, permanent=False) from None

    def message_id(self, key: str) -> str:
        """The Message-ID (RFC 5322, 3.6.4) of the mail with this key."""
        return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{self._domain}>"

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Message-ID"] = self.message_id(mail.key)
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message
