from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import PartyIn
from edge.wire import Said


class CancellationIn(PartyIn):
    reason: Annotated[Said, Field(min_length=1, max_length=500)] | None = None
