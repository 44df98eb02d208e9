"""Account numbers: three digits of the bank's id and five random bytes in hex, such as `007a1b2c3d4e5`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

RANDOM_BYTES: Final = 5  # the mask of the source text: id of the bank + os.urandom(5)
MAX_BANK_ID: Final = 999

_NUMBER: Final = re.compile(r"([0-9]{3})[0-9a-f]{10}", re.ASCII)


def account_number(bank_id: int, random_bytes: bytes) -> str:
    """The number made of `bank_id` (1 to 999) and five random bytes."""
    if not 0 < bank_id <= MAX_BANK_ID or len(random_bytes) != RANDOM_BYTES:
        raise ValueError("a bank id of 1 to 999 and five bytes are needed")
    return f"{bank_id:03d}{random_bytes.hex()}"


def account_numbers(bank_id: int, count: int, taken: set[str], draw: Callable[[int], bytes]) -> list[str]:
    """`count` different numbers that are not in `taken`, to which they are added; a collision is drawn again."""
    numbers: list[str] = []
    while len(numbers) < count:
        number = account_number(bank_id, draw(RANDOM_BYTES))
        if number not in taken:
            taken.add(number)
            numbers.append(number)
    return numbers


def bank_of_account(number: str) -> int | None:
    """The id of the bank that the number names, or None when it is no account number at all."""
    match = _NUMBER.fullmatch(number)
    return int(match[1]) if match else None


def bank_named_in(number: str) -> int:
    """The bank of an account that exists."""
    bank_id = bank_of_account(number)
    assert bank_id is not None, "accounts_mask keeps any other number out"
    return bank_id
