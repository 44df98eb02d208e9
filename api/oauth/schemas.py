from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge.problem import Problem
from edge.wire import Wire


class TokenOut(Wire):
    """RFC 6749, section 5.1."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # the name of a kind of token
    expires_in: Annotated[int, Field(description="Seconds.")]
    refresh_token: Annotated[str, Field(description="Used once: the answer to it has the next one.")]
    device_token: Annotated[str | None, Field(description="For the next log-in from this device.")] = None


class OAuthProblem(Problem):
    """A refusal that OAuth clients understand too (RFC 6749, section 5.2)."""

    error: Literal["invalid_request", "invalid_grant", "unsupported_grant_type"]
    error_description: str
