"""Packets without attachments, and logs of a library that are not as many as what strangers send."""

from __future__ import annotations

import logging
from typing import Any, Final

from socketio import packet  # type: ignore[import-untyped]  # it has no type information

MAX_LINES: Final = 20  # a minute, of everything that the library reports
_MINUTE_S: Final = 60.0


class TextPacket(packet.Packet):  # type: ignore[misc]  # the same
    """Refuses binary packets: the library keeps their attachments, as many as the sender announces."""

    def decode(self, encoded_packet: Any) -> Any:
        attachments = super().decode(encoded_packet)
        if self.packet_type in (packet.BINARY_EVENT, packet.BINARY_ACK):
            raise ValueError("a binary packet")
        return attachments


class _Few(logging.Filter):
    """Lets at most `MAX_LINES` a minute pass: any stranger can provoke some by what they send."""

    def __init__(self) -> None:
        super().__init__()
        self._since = 0.0
        self._lines = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.created - self._since >= _MINUTE_S:
            self._since, self._lines = record.created, 0
        self._lines += 1
        return self._lines <= MAX_LINES


def quiet_logger(name: str) -> logging.Logger:
    """A logger for the library, which writes into our logs: warnings and worse, and not too many."""
    logger = logging.getLogger(name)
    if not any(isinstance(one, _Few) for one in logger.filters):
        logger.addFilter(_Few())
    return logger
