"""Callers' addresses: which proxies are trusted about them, and what counts as one caller."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import Final

NOBODY: Final = "none"
_SITE_BITS: Final = 64  # one IPv6 subscriber has 2^64 addresses (RFC 6177)

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> list[str]:
    """The comma-separated addresses and networks; empty for `none`. Raises ValueError for anything else."""
    if text.strip() == NOBODY:
        return []
    return [str(ipaddress.ip_network(part.strip())) for part in text.split(",")]


def is_loopback(host: str) -> bool:
    """Whether a program that listens on `host` can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def one_caller(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the /64 of an IPv6 address. Other text is returned unchanged."""
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
    """Networks of proxies that are trusted about the caller's address."""

    def __init__(self, of: Collection[str]) -> None:
        self._networks: list[_Network] = [ipaddress.ip_network(one) for one in of]

    def __contains__(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in one for one in self._networks)
