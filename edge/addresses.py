"""Addresses of callers: which proxies are believed about them, and what counts as one caller."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import Final

NOBODY: Final = "none"
_SITE_BITS: Final = 64  # whoever has one IPv6 address has 2^64 of them (RFC 6177)

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> list[str]:
    """The addresses and networks that commas separate; none for `none`. Raises ValueError for anything else."""
    if text.strip() == NOBODY:
        return []
    return [str(ipaddress.ip_network(part.strip())) for part in text.split(",")]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a program that listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def one_caller(address: str) -> str:
    """What is counted as one caller: an IPv4 address, or the /64 of an IPv6 address. What is neither stays."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), _SITE_BITS), strict=False))


class Proxies:
    """The networks whose word on an address is taken."""

    def __init__(self, of: Collection[str]) -> None:
        self._networks: list[_Network] = [ipaddress.ip_network(one) for one in of]

    def __contains__(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in one for one in self._networks)
