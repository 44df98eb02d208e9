"""Expectations: a demo with another outcome fails."""

from __future__ import annotations


class Broken(Exception):
    """An outcome is wrong; the message says which."""


def expect(holds: bool, what: str) -> None:
    """Raises `Broken` with `what` unless the condition is true."""
    if not holds:
        raise Broken(what)
