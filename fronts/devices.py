"""Devices that somebody has logged in from before: strangers' wrong passwords do not keep them out.

A device holds a token that says so of one login, by our signature: nothing is stored, and it opens nothing. With it the
tries of this device are counted, and those of the rest of the world are not (OWASP, device cookies).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

COOKIE: Final = "device"
LASTS_S: Final = 365 * 24 * 3600
MAX_CHARS: Final = 1000
_MOST: Final = 5  # logins of one device: a household
_BETWEEN: Final = "~"


class Devices:
    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper

    def of(self, login: str, said: str) -> str | None:
        """The device by whose word `login` has come in before; None when none of ours says so."""
        for device in self._devices(said):
            name, _, signature = device.partition(".")
            if hmac.compare_digest(signature.encode(), self._signature(login, name).encode()):
                return name
        return None

    def with_(self, login: str, said: str) -> str:
        """What the device that has said `said` is to say from now on, after it came in with `login`."""
        if self.of(login, said) is not None:
            return said
        name = secrets.token_urlsafe(12)
        return _BETWEEN.join([f"{name}.{self._signature(login, name)}", *self._devices(said)][:_MOST])

    def _devices(self, said: str) -> list[str]:
        return said.split(_BETWEEN)[:_MOST] if 0 < len(said) <= MAX_CHARS and said.isascii() else []

    def _signature(self, login: str, name: str) -> str:
        return hmac.new(self._pepper, f"device\0{name}\0{login}".encode(errors="replace"), hashlib.sha256).hexdigest()


def cookie_name(*, secure: bool) -> str:
    """`__Host-` binds it to this very host; browsers take that only over https."""
    return f"__Host-{COOKIE}" if secure else COOKIE
