"""The chain's bytes: a block's header, its id, and the Merkle root of its transactions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from tron.protobuf import octets, whole

VERSION: Final = 31  # of blocks; what the main net's blocks say
NO_TRANSACTIONS: Final = bytes(32)


def header_bytes(number: int, parent: bytes, time_ms: int, root: bytes, witness: bytes) -> bytes:
    """`BlockHeader.raw` of the protocol."""
    before, after = whole(1, time_ms) + octets(2, root) + octets(3, parent), octets(9, witness) + whole(10, VERSION)
    return before + whole(7, number) + after


def block_id(number: int, header: bytes) -> bytes:
    """A block's number, then the end of its header's hash."""
    return number.to_bytes(8, "big") + hashlib.sha256(header).digest()[8:]


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Of the hashes of a block's transactions; an odd one out goes up as it is."""
    level = list(leaves)
    if not level:
        return NO_TRANSACTIONS
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [hashlib.sha256(b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]
