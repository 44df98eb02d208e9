"""Examples of the document as requests that can be sent: with what belongs to rows of this database put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

# Beside ids, what makes sense for one row only, or only once.
OF_ROWS: Final = frozenset({"code", "number", "email", "reference", "pay_by"})
_ID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def documented(operation: Mapping[str, Any], body: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The example of the operation's body, made real by `body`, which is a real one; without an example, that."""
    if "requestBody" not in operation:
        return body
    example = operation["requestBody"].get("content", {}).get("application/json", {}).get("example")
    # Where a body is needed and there is nothing to say, it is empty.
    real = body or {}
    if example is None:
        return real
    mine = {name for name, value in example.items() if name in OF_ROWS or _ID.fullmatch(str(value))}
    return {**example, **{name: real[name] for name in mine if name in real}}
