"""Confirmation codes in messages: hidden in every way in which people write them, and words are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages import HIDDEN, hide_codes
from edge.codes import ALPHABET, grouped, normalise

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
        "В марте: март 2026, авто 2024, кран 1500",
        "По 100р, 200р или 100р - 200р за метр",
        "НЕВЕСТКА идёт, ВОТ КТО",
        "№123456, 100000км, 15м² и 20м²",
        "rooms 1205, 1206; José 2024; March: 2026",
        "1, 2, 3, 4, 5, 6, 7, 8",
        "On the 3rd, in the 2nd",
        "IMG_20261130.jpg, IMG_2026_1130, 20261130_boxes and photo_8_of_20261130_boxes",
    ],
)
def test_words_prices_and_numbers_of_other_lengths_stay(said: str) -> None:
    assert hide_codes(said) == said


@pytest.mark.parametrize(
    "code",
    [
        "７Ｋ３Ｍ－９ＱＸＤ",
        "𝟕𝐊𝟑𝐌-𝟗𝐐𝐗𝐃",
        "⑦Ⓚ③Ⓜ-⑨ⓠⓍⒹ",
        "🅺7🅼3-9QXD",
        "7\ufe0f\u20e3K3M-9QXD",
        "7Ḱ3M-9QX\u0301D",
        "ᴋ7ᴍ3-9ǫxᴅ",
        "٧K٣M-٩QXD",
        "७K३M९QXD",
        "7К3М-9QХD",  # the letters K, M and X are Cyrillic
        "7Κ3Μ-9QΧD",  # and Greek
        "7 К 3 М 9 Q Х D",
        "7К 3М 9Q ХD",
        "7\u200bK\u20623\U000e0020M\u034f9QXD",
        "7K3M\u2800\u31649QXD",
        "7K3M \u2212 9QXD",
        "7K3M|9QXD",
        "7K3M * 9QXD",
        "7K3M, (9QXD",
        "7K3M\n\n\n9QXD",
        "7,K,3,M,9,Q,X,D",
    ],
)
def test_a_code_is_hidden_in_characters_that_only_look_like_its_own(code: str) -> None:
    assert hide_codes(f"Код: {code}, вот он") == f"Код: {HIDDEN}, вот он"


@pytest.mark.parametrize("said", ["2024-2025", "1000 2000", "THIS WEEK", "GOOD WORK"])
def test_what_a_bank_would_take_for_a_code_is_hidden_though_it_reads_as_years_or_words(said: str) -> None:
    assert set(normalise(said)) <= set(ALPHABET), "a code may have no letter, or no digit, and O, I and L are forgiven"
    assert hide_codes(f"See you in {said}!") == f"See you in {HIDDEN}!"


@pytest.mark.parametrize("mark", ["_", "__", "*", "`", "~~"])
def test_a_code_is_hidden_in_emphasis(mark: str) -> None:
    for code in ("7K3M9QXD", "7K3M-9QXD", "7_K_3_M_9_Q_X_D"):
        assert hide_codes(f"Код: {mark}{code}{mark}") == f"Код: {mark}{HIDDEN}{mark}"


def test_two_codes_are_hidden_and_what_stands_between_stays() -> None:
    assert hide_codes("first 7K3M-9QXD, then 2B4D6F8H.") == f"first {HIDDEN}, then {HIDDEN}."
