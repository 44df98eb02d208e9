"""Text messages through an HTTP gateway: `POST {to, text, sender}` as JSON, the message's id as Idempotency-Key."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Final
from urllib.parse import urlsplit

import httpx

SEND_TIMEOUT_S: Final = 5.0

# Client errors (RFC 9110) that are temporary and not about the message: it is sent again.
_TEMPORARY: Final = frozenset({408, 425, 429})


class SmsFailed(Exception):
    """The gateway did not accept the message; `permanent` when repeating it is pointless."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


class SmsGateway:
    """The gateway at `url` (https, or http to this machine). `token` authenticates us; `sender` is shown to the reader.

    `timeout_s` bounds a whole call. Redirects are not followed: they could carry token and text anywhere.
    """

    def __init__(self, url: str, token: str, sender: str, *, timeout_s: float = SEND_TIMEOUT_S) -> None:
        check_address(url)
        self._url = url
        self._sender = sender
        self._timeout_s = timeout_s
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=False,  # a proxy variable must not reroute codes
            verify=not url.lower().startswith("http://"),
        )

    async def send(self, to: str, text: str, key: str) -> None:
        """Returns when the gateway has accepted the message (2xx). Raises `SmsFailed`.

        `to` is an E.164 number. `key` names the message for ever: the gateway does not send a repeat again.
        """
        message = {"to": to, "text": text, "sender": self._sender}
        try:
            # Only the status is read: a gateway cannot keep us busy with a body.
            async with (
                asyncio.timeout(self._timeout_s),
                self._http.stream("POST", self._url, json=message, headers={"Idempotency-Key": key}) as response,
            ):
                status = response.status_code
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise SmsFailed(type(error).__name__, permanent=False) from None
        if not 200 <= status < 300:
            permanent = 300 <= status < 500 and status not in _TEMPORARY
            raise SmsFailed(f"HTTP {status}", permanent=permanent)

    async def aclose(self) -> None:
        await self._http.aclose()


def check_address(url: str) -> None:
    """Raises ValueError unless `url` is https, or http to this machine: a token must not travel in plain text."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname and _is_this_machine(parts.hostname):
        return
    raise ValueError("the SMS gateway's address must be https://…, or http:// to this machine")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
