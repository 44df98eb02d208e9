"""References of transfers that people type into a bank's form: short, and a mistyped one is noticed.

`HF-7K3M9-Q2XCD`: a fixed beginning, then ten characters of Crockford base32, the last of which checks the others. The
characters are numbers of the field GF(32), and the weighted sum of all is zero. No weight is zero and no two are equal,
so any one wrong character and any two exchanged ones are always noticed.
"""

from __future__ import annotations

import re
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U
RANDOM_BYTES: Final = 6  # of which 45 bits are used
_START: Final = "HF"
_DATA: Final = 9
_POLYNOMIAL: Final = 0b100101  # x^5 + x^2 + 1, which is primitive: the powers of 2 are all numbers but 0

# What people type instead: letters that look alike, in either alphabet of a Russian keyboard.
_FORGIVEN: Final = str.maketrans("OILАВЕКМНОРСТХ", "011ABEKMH0PCTX")
# Neither a letter nor a digit in between counts: people add spaces, dashes, dots and line ends.
_BETWEEN: Final = re.compile(r"[\W_]+")
_CANDIDATE: Final = re.compile(rf"(?=({_START}[{ALPHABET}]{{{_DATA + 1}}}))")


def reference_of(entropy: bytes) -> str:
    """The reference made of `RANDOM_BYTES` random bytes, as it is shown: `HF-7K3M9-Q2XCD`."""
    number = int.from_bytes(entropy)
    data = [number >> 5 * place & 31 for place in range(_DATA)]
    characters = "".join(ALPHABET[value] for value in (*data, _weighted(data)))
    return f"{_START}-{characters[:5]}-{characters[5:]}"


def references_in(details: str) -> list[str]:
    """The different references in a text, in order, as they are shown. Case, spaces and dashes are forgiven.

    One whose check character is wrong is none: it was mistyped.
    """
    compact = _BETWEEN.sub("", details.upper().translate(_FORGIVEN))
    found = [match[1] for match in _CANDIDATE.finditer(compact)]
    right = [each.removeprefix(_START) for each in found if _is_right(each.removeprefix(_START))]
    return list(dict.fromkeys(f"{_START}-{each[:5]}-{each[5:]}" for each in right))


def _is_right(characters: str) -> bool:
    *data, check = (ALPHABET.index(character) for character in characters)
    return _weighted(data) == check


def _weighted(data: list[int]) -> int:
    """The check value, whose own weight is 1: the sum of the data, each doubled once more than its right neighbour."""
    total = 0
    for value in data:
        total = _doubled(total ^ value)
    return total


def _doubled(value: int) -> int:
    value <<= 1
    return value ^ _POLYNOMIAL if value & 32 else value
