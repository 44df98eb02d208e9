"""Confirmation codes in messages: hidden in every way in which people write them, and words are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages import HIDDEN, hide_codes
from edge.codes import ALPHABET, grouped

CODES = st.text(ALPHABET, min_size=8, max_size=8).filter(lambda code: any(map(str.isdigit, code)))
AROUND = st.sampled_from(["", "the code is ", "Код: ", "(", "Anna Petrova wrote ", "8", "\n"])


@given(CODES, AROUND, st.sampled_from(["", " thanks", ".", "!", "\nBye", " 2026"]), st.sampled_from(range(7)))
def test_a_code_is_hidden_however_it_is_written(code: str, before: str, after: str, way: int) -> None:
    ways = [
        code,
        grouped(code),
        f"{code[:4]} {code[4:]}".lower(),
        " ".join(code),
        "-".join(code[at : at + 2] for at in (0, 2, 4, 6)),
        f"{code[:4]}\u200b\u00ad{code[4:]}",
        f"{code[:4]} – {code[4:]}",
    ]
    apart = " " if before.endswith("8") else ""
    shown = hide_codes(f"{before}{apart}{ways[way]}{after}")
    assert HIDDEN in shown
    letters = "".join(filter(str.isalnum, shown)).upper()
    assert code not in letters and code[4:] not in letters.replace("2026", "")


@pytest.mark.parametrize(
    "said",
    [
        "Tomorrow the payments are received.",
        "Call me: +7 912 345-67-89",
        "It costs 1500.00 RUB, or 1 500,00.",
        "I was there on 30.11.2026 at 09:15",
        "The parcel is RA123456789CN",
        "кодовое слово",
        "",
    ],
)
def test_words_prices_and_numbers_of_other_lengths_stay(said: str) -> None:
    assert hide_codes(said) == said


def test_two_codes_are_hidden_and_what_stands_between_stays() -> None:
    assert hide_codes("first 7K3M-9QXD, then 2B4D6F8H.") == f"first {HIDDEN}, then {HIDDEN}."
