"""What the ledger needs of a connection to its database."""

from __future__ import annotations

from typing import Any, Protocol


class Connection(Protocol):
    """SQLAlchemy's `AsyncConnection`, or whatever else carries out a plain statement with `$1`, `$2` ….

    Of what a statement returns only its rows are looped over, or `all` or `scalar_one` asked for.
    """

    async def exec_driver_sql(self, statement: str, parameters: Any = (), /) -> Any: ...
