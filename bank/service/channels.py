"""Channels for sending a code to an account's owner: by phone if there is one and a gateway is set, else by e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bank.service.messages import Words
from bank.service.models import Client
from edge.mailer import Mail, Mailer, MailFailed
from edge.sms import SmsFailed, SmsGateway


class NotTaken(Exception):
    """The channel did not accept the message; `permanent` when repeating it is pointless."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


class Channel(Protocol):
    """One channel. `name` is what is stored of it."""

    @property
    def name(self) -> str: ...

    def reaches(self, owner: Client) -> bool:
        """Whether the owner has an address here."""

    async def send(self, owner: Client, said: Words, key: str) -> None:
        """Returns when the message was accepted. Raises `NotTaken`. A repeat has the same `key`."""

    async def aclose(self) -> None: ...


class Phone:
    """Text messages through the platform's gateway."""

    name = "phone"

    def __init__(self, gateway: SmsGateway) -> None:
        self._gateway = gateway

    def reaches(self, owner: Client) -> bool:
        return owner.phone is not None

    async def send(self, owner: Client, said: Words, key: str) -> None:
        assert owner.phone is not None, "it was asked whether the owner is reached"
        try:
            await self._gateway.send(owner.phone, said.short, key)
        except SmsFailed as error:
            raise NotTaken(str(error), permanent=error.permanent) from None

    async def aclose(self) -> None:
        await self._gateway.aclose()


class Email:
    """Mail with text and HTML."""

    name = "email"

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer

    def reaches(self, owner: Client) -> bool:
        return True

    async def send(self, owner: Client, said: Words, key: str) -> None:
        mail = Mail(owner.email, said.subject, said.text, said.html, f"bank-code/{key}", owner.language)
        try:
            await self._mailer.send(mail)
        except MailFailed as error:
            raise NotTaken(str(error), permanent=error.permanent) from None

    async def aclose(self) -> None:
        """Each mail has its own connection: nothing is open."""


def reaching(channels: Sequence[Channel], owner: Client, first: str | None) -> list[Channel]:
    """The channels to try, in order, beginning with the one named `first`; a name that is not set is skipped."""
    reached = [channel for channel in channels if channel.reaches(owner)]
    names = [channel.name for channel in reached]
    return reached[names.index(first) :] if first in names else reached
