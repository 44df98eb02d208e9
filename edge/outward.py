"""Calls to addresses supplied by others: https, plain public unicast only, bounded, without redirects.

A host is resolved once, every address of it is checked, and the connection goes to a checked address: a name that
resolves differently a moment later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

from domain.errors import Malformed

MAX_URL_CHARS: Final = 1000
PEEK_BYTES: Final = 500
PEEK_S: Final = 1.0  # an answer without an end must not use up the time of a call
_NOT_PUBLIC: Final = "not a public address"
_PORTS: Final = {"https": 443, "http": 80}

# Addresses that `is_global` takes for public although they may lead inside: they embed an IPv4 address or are not
# routed.
_DISGUISES: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "::/96",  # IPv4-compatible, ::127.0.0.1
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # local NAT64 (RFC 8215)
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "fec0::/10",  # site-local, deprecated
    )
)


class OutwardFailed(Exception):
    """No answer was received; the message gives the reason without the address."""


def is_public_unicast(address: str) -> bool:
    """Whether an IP address is an ordinary one on the internet."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if not found.is_global or found.is_multicast or found.is_reserved or found.is_unspecified:
        return False
    return not any(found.version == network.version and found in network for network in _DISGUISES)


@dataclass(frozen=True, slots=True)
class Reply:
    """`first` are the first bytes of the answer's body, `PEEK_BYTES` at most; none unless they were asked for."""

    status: int
    first: bytes = b""


class Outward:
    """`trusted_hosts` may be called by http and at private addresses; a whole call takes at most `timeout_s`.

    Each is `host:port`. Without a port it is that of http or https; with `*` any port. So trust in one program of a
    machine does not extend to its other programs.
    """

    def __init__(self, trusted_hosts: Collection[str] = (), *, timeout_s: float = 10.0) -> None:
        self._trusted = frozenset(host_and_port(host.lower()) for host in trusted_hosts)
        self._timeout_s = timeout_s
        self._clients: dict[str, httpx.AsyncClient] = {}

    def check(self, url: str, field: str = "url") -> None:
        """Raises `Malformed` `bad_url` unless `url` would be called, as far as can be said without looking a name up.

        A lookup would say nothing about tomorrow, and would show a caller which names exist inside.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
            (host or "").encode("idna")  # as a look-up does it: labels have 1 to 63 characters
        except ValueError:
            raise Malformed("bad_url", "This is no URL.", field) from None
        wrong = len(url) > MAX_URL_CHARS or not url.isascii() or any(sign in url for sign in " \t\r\n\\#")
        if wrong or not host or port == 0 or parts.username is not None or parts.password is not None:
            raise Malformed("bad_url", "A URL without credentials and fragment is needed.", field)
        if parts.scheme in _PORTS and self._trusts(parts):
            return
        if parts.scheme != "https":
            raise Malformed("bad_url", "The address must begin with https://.", field)
        if _is_inside(host):
            raise Malformed("bad_url", f"This is {_NOT_PUBLIC}.", field)

    async def post(self, url: str, headers: Mapping[str, str], content: str) -> int:
        """Posts `content` and returns the HTTP status; redirects are not followed, the answer's body is not read.

        Raises `OutwardFailed`.
        """
        return (await self.ask(url, headers, content, peek=False)).status

    async def ask(self, url: str, headers: Mapping[str, str], content: str, *, peek: bool = True) -> Reply:
        """As `post`, with the first bytes of the answer, as they came."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._post(url, headers, content, peek)
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
            raise OutwardFailed(type(error).__name__) from None

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    def transport(self, url: str, *, connections: int) -> httpx.AsyncBaseTransport:
        """For an HTTP client of the program at `url`: it goes to the same addresses that a single call goes to."""
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        # Certificates are always checked; plain http has none, and reading the trust store takes 40 ms.
        checked = not url.lower().startswith("http://")
        return _Judged(self, httpx.AsyncHTTPTransport(verify=checked, trust_env=False, limits=limits))

    async def judged(self, request: httpx.Request) -> httpx.Request:
        """The request to a checked address of its host. Raises `httpx.ConnectError` when it has none."""
        try:
            address = await self._judged_address(urlsplit(str(request.url)))
        except (OutwardFailed, KeyError) as error:
            raise httpx.ConnectError(str(error)) from None
        extensions = {**request.extensions, "sni_hostname": request.url.host}
        url = request.url.copy_with(host=address)
        return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=extensions)

    async def _post(self, url: str, headers: Mapping[str, str], content: str, peek: bool) -> Reply:
        parts = urlsplit(url)
        host = parts.hostname or ""
        address = await self._judged_address(parts)
        request = self._client(parts.scheme).stream(
            "POST",
            _at(parts, address),
            headers={**headers, "Host": parts.netloc},
            content=content,
            extensions={"sni_hostname": host},  # the certificate is checked against the name, not the address
        )
        async with request as response:
            return Reply(response.status_code, await _peeked(response) if peek else b"")

    async def _judged_address(self, parts: SplitResult) -> str:
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(one[4][0]) for one in found]
        if not self._trusts(parts) and not all(is_public_unicast(address) for address in addresses):
            raise OutwardFailed(_NOT_PUBLIC)
        return addresses[0]

    def _trusts(self, parts: SplitResult) -> bool:
        usual = _PORTS[parts.scheme]
        port = parts.port or usual
        wanted = {str(port), "*"} | ({""} if port == usual else set())
        return any((parts.hostname or "", one) in self._trusted for one in wanted)

    def _client(self, scheme: str) -> httpx.AsyncClient:
        # Created on first use: reading the trust store takes 40 ms, and plain http does not need it.
        if scheme not in self._clients:
            self._clients[scheme] = httpx.AsyncClient(
                timeout=self._timeout_s,
                follow_redirects=False,
                verify=scheme == "https",
                trust_env=False,
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        return self._clients[scheme]


class _Judged(httpx.AsyncBaseTransport):
    """Every request is judged anew: a connection that is kept is one to a checked address."""

    def __init__(self, outward: Outward, inner: httpx.AsyncBaseTransport) -> None:
        self._outward = outward
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._inner.handle_async_request(await self._outward.judged(request))

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _peeked(response: httpx.Response) -> bytes:
    first = b""
    with suppress(TimeoutError, httpx.HTTPError):  # there is an answer already
        async with asyncio.timeout(PEEK_S):
            async for some in response.aiter_raw():
                first += some
                if len(first) >= PEEK_BYTES:
                    break
    return first[:PEEK_BYTES]


def _is_inside(host: str) -> bool:
    """Whether a host is this machine by name, or an IP address that is not public, in any notation that connects."""
    if host.rstrip(".").rpartition(".")[2] == "localhost":
        return True
    try:
        # Without a zone: whether there is one of that name is nobody's business.
        address = host.partition("%")[0]
        found = socket.getaddrinfo(address, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError:  # a name
        return False
    return not all(is_public_unicast(str(one[4][0])) for one in found)


def host_and_port(text: str) -> tuple[str, str]:
    """Splits `[::1]:8000` or `api:8000` into its two parts; the second is empty when missing."""
    found = re.fullmatch(r"\[([0-9a-f:.]+)\](?::([0-9]+|\*))?|([^:\[\]/]+)(?::([0-9]+|\*))?", text)
    if found is None:
        raise ValueError("a trusted host is host, host:port or host:*")
    return found[1] or found[3], found[2] or found[4] or ""


def _at(parts: SplitResult, address: str) -> str:
    host = f"[{address}]" if ":" in address else address
    port = f":{parts.port}" if parts.port else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{port}{parts.path or '/'}{query}"
