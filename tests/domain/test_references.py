"""References: found in what people write, and noticed when mistyped."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.references import ALPHABET, RANDOM_BYTES, reference_of, references_in

REFERENCE = reference_of(bytes.fromhex("8fa31c0b77de"))
OTHER = reference_of(bytes.fromhex("0123456789ab"))


@given(st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
def test_every_reference_is_found_again(entropy: bytes) -> None:
    assert references_in(reference_of(entropy)) == [reference_of(entropy)]


@pytest.mark.parametrize(
    "details",
    [
        REFERENCE,
        REFERENCE.lower(),
        REFERENCE.replace("-", ""),
        REFERENCE.replace("-", " - "),
        " ".join(REFERENCE),
        f"Перевод по договору {REFERENCE}, без НДС",
        f"для{REFERENCE}и всё",
        f"No.{REFERENCE}.",
        f"{REFERENCE} {REFERENCE.lower()}",
        f"HF-{OTHER[3:-1]} {REFERENCE}",
        REFERENCE.replace("0", "O").replace("1", "l"),
        REFERENCE.replace("H", "Н").replace("K", "К").replace("C", "с"),
    ],
)
def test_a_reference_is_found_wherever_and_however_it_stands(details: str) -> None:
    assert references_in(details) == [REFERENCE]


def test_two_different_references_are_both_found() -> None:
    assert references_in(f"{OTHER} or {REFERENCE}") == [OTHER, REFERENCE]


@pytest.mark.parametrize("details", ["", "HF", "rent for May", REFERENCE[:-1], REFERENCE[1:], "HF-" + "U" * 10])
def test_a_text_without_a_whole_reference_has_none(details: str) -> None:
    assert references_in(details) == []


def test_each_wrong_character_and_each_exchange_of_two_is_noticed() -> None:
    characters = REFERENCE.removeprefix("HF-").replace("-", "")
    wrong = {
        characters[:place] + other + characters[place + 1 :] for place in range(len(characters)) for other in ALPHABET
    }
    for one, two in combinations(range(len(characters)), 2):
        swapped = list(characters)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        wrong.add("".join(swapped))
    wrong.discard(characters)
    assert len(wrong) > 300
    assert [each for each in wrong if references_in(f"HF{each}")] == []
