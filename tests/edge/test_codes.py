from __future__ import annotations

import pytest

from domain.errors import Malformed
from edge.codes import ALPHABET, digest, grouped, new_code, normalise

PEPPER = b"pepper"


def test_a_code_is_eight_characters_that_cannot_be_mistaken() -> None:
    codes = {new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert set("".join(codes)) == set(ALPHABET)
    assert len(ALPHABET) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert {len(code) for code in codes} == {8}


def test_a_code_is_read_as_people_type_it() -> None:
    for typed in ("0123-ABCD", "o123-abcd", "O1 23 AB CD", "0L23abcd", "0i23-ABCD", "  0123--ABCD "):
        assert normalise(typed) == "0123ABCD"
    for code in (new_code() for _ in range(100)):
        assert normalise(grouped(code)) == normalise(grouped(code).lower()) == code


@pytest.mark.parametrize(
    "typed", ["", "ABCD", "ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFGU", "ABCD_EFGH", "ÅBCD-EFGH", "٠" * 8, "-" * 40]
)
def test_what_cannot_be_a_code_is_malformed(typed: str) -> None:
    with pytest.raises(Malformed) as refused:
        normalise(typed)
    assert (refused.value.code, refused.value.field) == ("bad_code", "code")


def test_a_digest_is_bound_to_code_purpose_and_pepper() -> None:
    digests = {
        digest(code, binding, pepper)
        for code in ("AAAAAAAA", "AAAAAAAB")
        for binding in ("op/1", "op/2")
        for pepper in (b"a", b"b")
    }
    assert len(digests) == 8
    assert {len(one) for one in digests} == {32}
    assert digest("AAAAAAAA", "op/1", PEPPER) == digest("AAAAAAAA", "op/1", PEPPER)
