"""Where work comes from, in a header of Temporal: the request, and its place in a trace.

Replays do not look at headers, and rows know nothing of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadConverter

HEADER: Final = "origin"
REQUEST: Final = "request_id"

Headers = Mapping[str, Payload]


def with_origin(headers: Headers, origin: Mapping[str, str]) -> Headers:
    """The headers with `origin`, if there is any."""
    return {**headers, HEADER: PayloadConverter.default.to_payload(dict(origin))} if origin else headers


def origin_of(headers: Headers) -> dict[str, str]:
    """What came with these headers; empty when it was no request."""
    carried = headers.get(HEADER)
    return {} if carried is None else PayloadConverter.default.from_payload(carried, dict[str, str])
