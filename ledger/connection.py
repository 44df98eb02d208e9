"""What the ledger needs of a connection to its database."""

from __future__ import annotations

from typing import Any, Protocol


class Connection(Protocol):
    """SQLAlchemy's `AsyncConnection`, or anything else that executes a plain statement with `$1`, `$2` ….

    Of a result the ledger only iterates over the rows, or calls `all` or `scalar_one`.
    """

    async def exec_driver_sql(self, statement: str, parameters: Any = (), /) -> Any: ...
