"""Known devices: after a log-in, strangers' wrong passwords do not lock them out.

A device holds a token, signed by the platform, for each login that was used on it. Nothing is stored, and the token
grants no access: tries from such a device are only counted separately (OWASP, device cookies).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

MAX_CHARS: Final = 1000
_MOST: Final = 5  # logins of one device: a household
_BETWEEN: Final = "~"


class Devices:
    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper

    def of(self, login: str, token: str) -> str | None:
        """The device that `token` proves for `login`; None without a valid signature."""
        for device in self._devices(token):
            name, _, signature = device.partition(".")
            if hmac.compare_digest(signature.encode(), self._signature(login, name).encode()):
                return name
        return None

    def with_(self, login: str, token: str) -> str:
        """The token for a device that has just logged in with `login` and sent `token` before."""
        if self.of(login, token) is not None:
            return token
        name = secrets.token_urlsafe(12)
        return _BETWEEN.join([f"{name}.{self._signature(login, name)}", *self._devices(token)][:_MOST])

    def _devices(self, token: str) -> list[str]:
        return token.split(_BETWEEN)[:_MOST] if 0 < len(token) <= MAX_CHARS and token.isascii() else []

    def _signature(self, login: str, name: str) -> str:
        return hmac.new(self._pepper, f"device\0{name}\0{login}".encode(errors="replace"), hashlib.sha256).hexdigest()
