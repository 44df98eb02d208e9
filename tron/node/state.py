"""What the chain knows now: whole numbers by name, and how to undo what was changed."""

from __future__ import annotations

from typing import Final

Cell = tuple[str, bytes] | tuple[str, bytes, bytes]
Change = tuple[Cell, int | None]

SUN: Final = "sun"
MADE: Final = "made"  # when the account was made, in milliseconds; an account without it does not exist
NET: Final = "net"  # free bandwidth used …
NET_AT: Final = "net_at"  # … as of this time in milliseconds
TOKEN: Final = "token"  # noqa: S105  # a name


class State:
    """Changes are noted until `take`, which makes them those of a block."""

    def __init__(self) -> None:
        self._cells: dict[Cell, int] = {}
        self._changes: list[Change] = []

    def get(self, cell: Cell) -> int:
        return self._cells.get(cell, 0)

    def has(self, cell: Cell) -> bool:
        return cell in self._cells

    def put(self, cell: Cell, value: int) -> None:
        self._changes.append((cell, self._cells.get(cell)))
        self._cells[cell] = value

    def add(self, cell: Cell, number: int) -> None:
        self.put(cell, self.get(cell) + number)

    def mark(self) -> int:
        """A place to go back to."""
        return len(self._changes)

    def back_to(self, mark: int) -> None:
        """Undoes what was changed after `mark`."""
        self.undo(self._changes[mark:])
        del self._changes[mark:]

    def take(self) -> list[Change]:
        """All that has changed since the last `take`, for `undo`."""
        taken, self._changes = self._changes, []
        return taken

    def undo(self, changes: list[Change]) -> None:
        for cell, before in reversed(changes):
            if before is None:
                del self._cells[cell]
            else:
                self._cells[cell] = before
