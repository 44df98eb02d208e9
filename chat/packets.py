"""Packets without attachments, frames, and logs of a library that are not as many as what strangers send."""

from __future__ import annotations

import json
import logging
import struct
from typing import Any, Final

from engineio import packet as transported  # type: ignore[import-untyped]  # it has no type information
from socketio import packet  # type: ignore[import-untyped]  # the same

MAX_LINES: Final = 20  # a minute, of everything that the library reports
_MINUTE_S: Final = 60.0
_JSON: Final = json.JSONEncoder(separators=(",", ":"))


class TextPacket(packet.Packet):  # type: ignore[misc]  # the same
    """Refuses binary packets: the library keeps their attachments, as many as the sender announces."""

    def decode(self, encoded_packet: Any) -> Any:
        attachments = super().decode(encoded_packet)
        if self.packet_type in (packet.BINARY_EVENT, packet.BINARY_ACK):
            raise ValueError("a binary packet")
        return attachments


def frame_of(sent: transported.Packet) -> bytes:
    """The frame of a web socket with a packet (RFC 6455, 5.2); made once, to however many sockets it is sent."""
    made: bytes | None = getattr(sent, "frame", None)
    if made is None:
        content = sent.encode()
        text = isinstance(content, str)
        data = content.encode() if text else bytes(content)
        kind, size = 0x81 if text else 0x82, len(data)
        if size < 126:
            head = struct.pack("!BB", kind, size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", kind, 126, size)
        else:
            head = struct.pack("!BBQ", kind, 127, size)
        sent.frame = made = head + data
    return made


def event_packet(name: str, content: object) -> transported.Packet:
    """An event of the one namespace that there is, without attachments."""
    return transported.Packet(transported.MESSAGE, f"{packet.EVENT}{_JSON.encode([name, content])}")


def answer_packet(number: int, content: object) -> transported.Packet:
    """The answer to the event with this number."""
    return transported.Packet(
        transported.MESSAGE, f"{packet.ACK}{number}{_JSON.encode([] if content is None else [content])}"
    )


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
