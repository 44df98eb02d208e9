"""Commands as values: what cannot be one, and what two that are alike have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Capture, Command, Hold, Post, Void
from ledger.commands import fingerprint


@pytest.mark.parametrize("amount", [1.0, True, "1", None])
def test_an_amount_that_is_no_int_is_a_bug_of_the_caller(amount: object) -> None:
    with pytest.raises(TypeError):
        Post("p", 1, 2, amount, "RUB")  # type: ignore[arg-type]  # that is what is tested


@pytest.mark.parametrize("key", ["", "k" * 201, "a\0b", "\ud800"])
def test_a_key_that_cannot_be_stored_is_a_bug_of_the_caller(key: str) -> None:
    for make in (lambda: Post(key, 1, 2, 3, "RUB"), lambda: Capture(key, "h"), lambda: Void("v", key)):
        with pytest.raises(ValueError):
            make()


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
_COMMANDS = st.one_of(
    st.builds(Post, st.just("k"), st.integers(1, 3), st.integers(1, 3), st.integers(0, 12), _TEXTS, _TEXTS),
    st.builds(Hold, st.just("k"), st.integers(1, 3), st.integers(1, 3), st.integers(0, 12), _TEXTS, _TEXTS),
    st.builds(Capture, st.just("k"), st.sampled_from("ab"), st.none() | st.integers(0, 3)),
    st.builds(Void, st.just("k"), st.sampled_from("ab")),
)


@given(_COMMANDS, _COMMANDS)
def test_two_commands_have_one_fingerprint_exactly_when_they_are_the_same(one: Command, other: Command) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)
