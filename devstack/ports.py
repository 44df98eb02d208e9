"""The TCP ports on 127.0.0.1 of all parts, the same from run to run where possible.

Between choosing a port and listening on it, other programs could take it. So a stack claims its ports for as long as it
runs: another stack on this machine leaves them alone.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from devstack.errors import PortTaken, StackError
from devstack.files import read_json, write_private_json

HOST = "127.0.0.1"
_LOWEST: Final = 10_000
_EPHEMERAL: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")


@dataclass(frozen=True, slots=True)
class PortUse:
    """A port that a part needs: `variable` lets a user name it, `preferred` is the default."""

    name: str
    variable: str
    preferred: int


class Claims:
    """The ports that one stack has chosen, until `release`.

    A claim is a UDP socket on the port's number, which no program of a stack uses. The system gives it to one process
    at a time, and frees it however that process ends.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def claim(self, port: int) -> bool:
        """Claim `port`; False when it is claimed already."""
        token = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            token.bind((HOST, port))
        except OSError:
            token.close()
            return False
        self._held.append(token)
        return True

    def release(self) -> None:
        while self._held:
            self._held.pop().close()


def free_port() -> int:
    """A free TCP port of 127.0.0.1 outside the range for outgoing connections.

    A port that the system itself assigns could become the local end of a connection before a program listens on it.
    """
    while is_taken(port := _LOWEST + secrets.randbelow(_first_ephemeral() - _LOWEST)):
        pass
    return port


@cache
def _first_ephemeral() -> int:
    """The lowest port for outgoing connections: the setting on Linux, elsewhere the usual value."""
    try:
        return max(_LOWEST + 1000, int(_EPHEMERAL.read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return 32768


def is_taken(port: int) -> bool:
    """Whether any program listens on `port` of 127.0.0.1, on that address alone or on all addresses."""
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as servers do: connections of a closed server do not count
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    with socket.socket() as caller:  # macOS allows binding beside a listener on all addresses
        caller.settimeout(0.5)
        return caller.connect_ex((HOST, port)) == 0


def choose_ports(
    uses: Iterable[PortUse], remembered: Path, claims: Claims, environment: Mapping[str, str] | None = None
) -> dict[str, int]:
    """A port for each use: the one its variable names, else that of the last run, else the preferred, else any.

    Each is claimed in `claims`. `environment` None is this process's. The choice is written to `remembered`. Raises
    PortTaken when a named port is in use, StackError when it is not a port number.
    """
    uses = list(uses)
    environment = os.environ if environment is None else environment
    last = read_json(remembered)
    chosen: dict[str, int] = {}
    for use in uses:
        if use.variable in environment:
            chosen[use.name] = _named(use, environment[use.variable], chosen, claims)
    for use in uses:
        if use.name not in chosen:
            candidates = [int(last.get(use.name, use.preferred)), use.preferred]
            taken = set(chosen.values())
            free = (port for port in candidates if port not in taken and not is_taken(port) and claims.claim(port))
            chosen[use.name] = next(free, 0) or _another(taken, claims)
    write_private_json(remembered, dict(chosen))
    return chosen


def _named(use: PortUse, value: str, chosen: Mapping[str, int], claims: Claims) -> int:
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise StackError(f"{use.variable}={value} is no port number (1 to 65535)")
    port = int(value)
    for name, other in chosen.items():
        if other == port:
            raise PortTaken(f"{use.variable}={port}: the same port is given to {name}")
    if is_taken(port) or not claims.claim(port):
        raise PortTaken(
            f"{use.variable}={port}: another program uses this port. End it, name another port, "
            f"or unset {use.variable} to have a free one chosen."
        )
    return port


def _another(taken: set[int], claims: Claims) -> int:
    while (port := free_port()) in taken or not claims.claim(port):
        pass
    return port
