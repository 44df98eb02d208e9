"""A real SMTP server that delivers nothing: it keeps the latest mails in memory for people and programs to read."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from devstack.ports import HOST

KEPT_MAILS = 5_000  # enough for a benchmark's codes
KEPT_BYTES = 64 * 1024 * 1024
PATIENCE_S = 60.0  # a missing mail is an error; a late one, on a busy machine, is not
MAIL_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Mail:
    """One received mail. `id` counts from 1 in order of arrival; `at` is this machine's clock, UTC.

    `mail_from` and `to` are those of the SMTP envelope, `text` and `html` the bodies ("" when absent).
    """

    id: int
    at: datetime
    mail_from: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    message_id: str

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "at": self.at.isoformat(timespec="microseconds"),
            "mail_from": self.mail_from,
            "to": list(self.to),
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "message_id": self.message_id,
        }


class Mailbox:
    """The catcher, on the running event loop: `await start(port)`, `url` for senders, `await stop()`."""

    def __init__(self) -> None:
        self.port = 0
        self._kept: deque[tuple[Mail, int]] = deque()
        self._kept_bytes = 0
        self._last_id = 0
        self._refusals = 0
        self.connections = 0
        """How many there have been."""
        self._newest: SMTP | None = None
        self._arrival = asyncio.Condition()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self.port}"

    @property
    def last_id(self) -> int:
        """The id of the newest mail, 0 before the first: a starting point for `wait_for` and `mails`."""
        return self._last_id

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0: a free one. Raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, HOST, port)
        self.port = self._server.sockets[0].getsockname()[1]

    def _session(self) -> SMTP:
        self.connections += 1
        self._newest = SMTP(self, hostname="mail.localhost", data_size_limit=MAIL_BYTES, enable_SMTPUTF8=True)
        return self._newest

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def hang_up(self) -> None:
        """Close the newest connection, as a server does that has waited long enough."""
        if self._newest is not None and self._newest.transport is not None:
            self._newest.transport.close()
            await asyncio.sleep(0)

    def refuse_next(self, count: int) -> None:
        """Answer the next `count` mails with 451 (try again later), as an overloaded server does."""
        self._refusals = count

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd for each mail; the answer is the SMTP reply."""
        if self._refusals > 0:
            self._refusals -= 1
            return "451 4.3.2 Try again later"
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        self._last_id += 1
        self._keep(read_mail(self._last_id, envelope.mail_from or "", tuple(envelope.rcpt_tos), content), len(content))
        async with self._arrival:
            self._arrival.notify_all()
        return "250 2.0.0 Kept"

    def _keep(self, mail: Mail, size: int) -> None:
        self._kept.append((mail, size))
        self._kept_bytes += size
        while len(self._kept) > KEPT_MAILS or self._kept_bytes > KEPT_BYTES:
            self._kept_bytes -= self._kept.popleft()[1]

    def mails(self, *, to: str | None = None, after: int = 0) -> list[Mail]:
        """Kept mails with an id above `after`, oldest first; `to` is one recipient, case ignored."""
        wanted = None if to is None else to.casefold()
        found: list[Mail] = []
        for mail, _ in reversed(self._kept):
            if mail.id <= after:
                break
            if wanted is None or any(address.casefold() == wanted for address in mail.to):
                found.append(mail)
        return found[::-1]

    async def wait_for(self, *, to: str, after: int = 0, within_s: float = PATIENCE_S) -> Mail:
        """The first mail to `to` with an id above `after`. Raises TimeoutError when none comes `within_s`."""
        found = await self.wait_for_any(to=to, after=after, within_s=within_s)
        if not found:
            raise TimeoutError(f"no mail to {to} after number {after} within {within_s} s; {self._last_id} came in all")
        return found[0]

    async def wait_for_any(self, *, to: str | None = None, after: int = 0, within_s: float = PATIENCE_S) -> list[Mail]:
        """As `mails`, but waits for at least one; empty when none arrives `within_s`."""
        try:
            async with asyncio.timeout(within_s), self._arrival:
                await self._arrival.wait_for(lambda: self.mails(to=to, after=after))
        except TimeoutError:
            return []
        return self.mails(to=to, after=after)


def read_mail(number: int, mail_from: str, to: tuple[str, ...], content: bytes) -> Mail:
    """Parse a mail as received; undecodable bytes become replacement characters."""
    message = message_from_bytes(content, policy=policy.default)
    return Mail(
        id=number,
        at=datetime.now(UTC),
        mail_from=mail_from,
        to=to,
        subject=_header(message, "Subject"),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        message_id=_header(message, "Message-ID"),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message[name] or "")
    except (LookupError, ValueError, HeaderParseError):  # Python 3.11's parser fails on malformed headers
        raw = {key.casefold(): str(value) for key, value in message.raw_items()}
        return raw[name.casefold()].strip()


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):  # an unknown or wrong charset
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
