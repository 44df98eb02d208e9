"""The frames of web sockets that nearly all are: whole, masked texts (RFC 6455, 5.2)."""

from __future__ import annotations

from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

_WHOLE_TEXT: Final = 0x81
_MASKED: Final = 0x80
_TWO_BYTES: Final = 126  # of length follow; with 127 eight, which no short text needs


def whole_texts(data: bytes, max_bytes: int) -> tuple[list[str], int]:
    """The contents of the frames at the beginning of `data`, and how many bytes they are.

    Ends at the first frame that is anything else than a whole masked text of at most `max_bytes` in its shortest form:
    the protocol's own parser decides about that one.
    """
    texts: list[str] = []
    begin, end = 0, len(data)
    while end - begin >= 6 and data[begin] == _WHOLE_TEXT and data[begin + 1] & _MASKED:
        size, mask = data[begin + 1] ^ _MASKED, begin + 2
        if size == _TWO_BYTES and end - begin >= 8:
            size, mask = int.from_bytes(data[mask : mask + 2], "big"), mask + 2
            if size < _TWO_BYTES:
                break
        elif size >= _TWO_BYTES:
            break
        first = mask + 4
        if size > max_bytes or end < first + size:
            break
        try:
            texts.append(str(apply_mask(data[first : first + size], data[mask:first]), "utf-8"))
        except UnicodeDecodeError:
            break
        begin = first + size
    return texts, begin
