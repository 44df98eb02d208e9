"""TRON addresses: 34 characters for people (Base58Check), 21 bytes on the chain, 20 in logs and arguments."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import base58

PREFIX: Final = b"\x41"  # of every address of the chain; people's form then begins with T
_RAW: Final = 21
_SHORT: Final = 20
# Two digits at a time: blocks are full of addresses, and the library goes digit by digit.
_DIGITS: Final = base58.BITCOIN_ALPHABET.decode()
_PAIRS: Final = tuple(high + low for high in _DIGITS for low in _DIGITS)
_PAIRS_OF_AN_ADDRESS: Final = 17  # with the prefix it always has 34 digits


def is_address(text: str) -> bool:
    """Whether it is an address in people's form, with a right checksum."""
    try:
        raw(text)
    except ValueError:
        return False
    return True


def raw(address: str) -> bytes:
    """The 21 bytes of an address in people's form. Raises `ValueError`."""
    if len(address) != 34 or not address.isascii():
        raise ValueError("not an address")
    found = base58.b58decode_check(address)
    if len(found) != _RAW or not found.startswith(PREFIX):
        raise ValueError("not an address of TRON")
    return found


def address_of(found: bytes) -> str:
    """People's form of 21 bytes, or of the 20 that logs and arguments have. Raises `ValueError`."""
    if len(found) == _SHORT:
        found = PREFIX + found
    if len(found) != _RAW or not found.startswith(PREFIX):
        raise ValueError("not an address of TRON")
    number = int.from_bytes(found + sha256(sha256(found).digest()).digest()[:4], "big")
    pairs = []
    for _ in range(_PAIRS_OF_AN_ADDRESS):
        number, low = divmod(number, len(_PAIRS))
        pairs.append(_PAIRS[low])
    return "".join(reversed(pairs))


def word(address: str) -> str:
    """The address as an argument of a contract or a topic of a log: 32 bytes in hex."""
    return raw(address)[1:].hex().rjust(64, "0")
