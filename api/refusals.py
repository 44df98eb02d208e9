"""What routes may refuse with, by their kind: for the OpenAPI document."""

from __future__ import annotations

from typing import Final

from edge.problem import problems

READS: Final = problems(401, 403, 404, 422, 503)
LISTS: Final = problems(401, 403, 422, 503)
WRITES: Final = problems(401, 403, 404, 409, 413, 422, 503)
LIMITED_WRITES: Final = problems(401, 403, 404, 409, 413, 422, 429, 503)
"""Writes that a rate limit may hold up."""
