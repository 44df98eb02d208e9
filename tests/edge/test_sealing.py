from __future__ import annotations

import os

import pytest

from edge.sealing import SealBroken, Sealer

OLD, NEW = os.urandom(32), os.urandom(32)


def test_what_was_sealed_is_opened_for_the_same_purpose_only() -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal("ABCD-ефгх", "attempt/1")
    assert sealer.open(sealed, "attempt/1") == "ABCD-ефгх"
    with pytest.raises(SealBroken):
        sealer.open(sealed, "attempt/2")


def test_the_same_text_is_never_sealed_alike() -> None:
    sealer = Sealer([NEW])
    assert len({sealer.seal("ABCD", "x") for _ in range(100)}) == 100
    assert b"ABCD" not in sealer.seal("ABCD", "x")


def test_a_key_is_replaced_without_losing_what_it_sealed() -> None:
    before = Sealer([OLD]).seal("ABCD", "x")
    both = Sealer([NEW, OLD])
    assert both.open(before, "x") == "ABCD"
    after = both.seal("ABCD", "x")
    assert Sealer([NEW]).open(after, "x") == "ABCD"
    with pytest.raises(SealBroken):
        Sealer([OLD]).open(after, "x")


def test_every_changed_byte_is_noticed() -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal("ABCD", "x")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(SealBroken):
            sealer.open(bytes(changed), "x")
    for cut in range(len(sealed)):
        with pytest.raises(SealBroken):
            sealer.open(sealed[:cut], "x")


def test_keys_have_32_bytes() -> None:
    for keys in ([], [b"short"], [NEW, b""]):
        with pytest.raises(ValueError):
            Sealer(keys)
