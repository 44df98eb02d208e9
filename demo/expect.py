"""What must be: a demo that shows something else fails."""

from __future__ import annotations


class Broken(Exception):
    """An outcome is not as it must be; the message says which."""


def expect(holds: bool, what: str) -> None:
    """Raises `Broken` with `what` unless it holds."""
    if not holds:
        raise Broken(what)
