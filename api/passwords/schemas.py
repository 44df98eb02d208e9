from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.fields import Language, Name
from edge.wire import Email, Wire

Secret = Annotated[str, Field(min_length=1, max_length=1000)]


class SignUpIn(Wire):
    name: Name
    email: Email
    language: Language = "en"


class ResetIn(Wire):
    email: Email
    language: Language = "en"


class AskedOut(Wire):
    """The same for every address: only the mail shows whether it is known."""

    status: Literal["asked"] = "asked"


class PasswordIn(Wire):
    token: Annotated[Secret, Field(description="From the link in the mail.")]
    password: Secret


class PasswordOut(Wire):
    status: Literal["set"] = "set"
    device_token: Annotated[str, Field(description="For the log-in from this device that follows.")]
