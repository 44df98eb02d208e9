"""Arbitrary calls on a small world, so that keys repeat, funds run out and holds are ended twice."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from ledger import Capture, Command, Hold, Post, Void

AMOUNTS = st.one_of(st.integers(1, 60), st.sampled_from([0, -1, 10**15, 10**15 + 1, 2**70]))


def calls(accounts: Sequence[int], prefix: str = "") -> st.SearchStrategy[list[tuple[list[Command], bool]]]:
    """Lists of calls: (commands, linked). `accounts` are ids, among them such as do not exist."""
    keys = st.integers(0, 9).map(lambda number: f"{prefix}{number}")
    sides = st.sampled_from(accounts)
    currencies = st.sampled_from(["RUB", "RUB", "RUB", "RUB", "USD"])
    transfer = (keys, sides, sides, AMOUNTS, currencies, st.sampled_from(["", "rent"]))
    command: st.SearchStrategy[Command] = st.one_of(
        st.builds(Post, *transfer),
        st.builds(Hold, *transfer),
        st.builds(Capture, keys, keys, st.none() | AMOUNTS),
        st.builds(Void, keys, keys),
    )
    return st.lists(st.tuples(st.lists(command, min_size=1, max_size=6), st.booleans()), min_size=1, max_size=6)
