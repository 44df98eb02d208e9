"""Protocol Buffers, written field by field, where bytes must not pass through a parser: they were signed or hashed."""

from __future__ import annotations


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def whole(field: int, number: int) -> bytes:
    """A field with a whole number; zeros are left out."""
    return varint(field << 3) + varint(number) if number else b""


def octets(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value if value else b""
