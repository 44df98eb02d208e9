"""The header with an idempotency key, as routes take it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from edge.characters import VISIBLE
from edge.idempotency import HEADER

# Visible ASCII up to 255 characters: what fits a header, an index and a log line unchanged.
IdempotencyKey = Annotated[
    str,
    Header(
        alias=HEADER,
        min_length=1,
        max_length=255,
        pattern=VISIBLE,
        description="Names this request. The same key with the same body gets the same answer again.",
    ),
]
