"""Why a program cannot start or continue, as one line for the operator instead of a traceback."""

from __future__ import annotations

import errno
import os
import re
import sys
import traceback
from typing import Final, NoReturn, TypeVar

import asyncpg  # type: ignore[import-untyped]  # asyncpg ships no type information
import httpx
from pydantic import ValidationError
from pydantic_settings import BaseSettings
from sqlalchemy.exc import ArgumentError, DBAPIError

from domain.errors import NoAnswer, Refusal
from edge import failures, logs, tracing
from edge.database import OUTAGES, is_outage, sqlstate_of
from edge.schema import OtherSchema

S = TypeVar("S", bound=BaseSettings)

# SQLSTATE classes and codes (PostgreSQL, appendix A) that describe the set-up of the server or its database.
_SET_UP: Final = {
    "28": "the database does not let this role in",
    "3D": "there is no such database",
    "42P01": "the database is not migrated",
    "3F": "the database is not migrated",
    "42501": "the database role lacks a right",
}


# A server cannot use its address; the message says which.
_ADDRESSES: Final = (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES)
_HOST_AND_PORT: Final = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")


class WrongSettings(Exception):
    """Environment variables are missing or wrong; the message names them and never a value."""


def require_address(name: str, value: str | None) -> None:
    """Raises `WrongSettings` unless the setting `name` is a host and a port; an IPv6 address is in brackets."""
    if not _HOST_AND_PORT.fullmatch(value or ""):
        raise WrongSettings(f"settings wrong: {name} (must look like host:port)")


def load(kind: type[S]) -> S:
    """Settings of `kind` from the environment; raises `WrongSettings`."""
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        of_one = [one for one in error.errors() if one["loc"]]
        wrong = {f"{prefix}{'_'.join(map(str, one['loc']))}".upper(): one["type"] for one in of_one}
        # For combined settings: our own sentences, which contain no values.
        together = [one["msg"].removeprefix("Value error, ") for one in error.errors() if not one["loc"]]
    missing = [name for name, type_ in wrong.items() if type_ == "missing"]
    others = [name for name in wrong if name not in missing]
    parts = [f"{word}: {', '.join(names)}" for word, names in (("missing", missing), ("wrong", others)) if names]
    raise WrongSettings(f"settings {'; '.join([*parts, *together])}")


def explain(error: BaseException) -> str | None:
    """One line about an expected failure of the environment; None for a bug."""
    if isinstance(error, WrongSettings | NoAnswer | OtherSchema):
        return str(error)
    if isinstance(error, httpx.TransportError | httpx.HTTPStatusError):
        return _not_served(error)
    if isinstance(error, Refusal):
        return error.detail
    if isinstance(error, ArgumentError):
        return "a database URL cannot be read; it looks like postgresql+asyncpg://role:password@host:port/database"
    if isinstance(error, OUTAGES) and is_outage(error):
        return f"the database does not answer ({type(error).__name__})"
    state = sqlstate_of(error) if isinstance(error, DBAPIError) else _bare_state(error)
    return _SET_UP.get(state) or _SET_UP.get(state[:2]) if state else _system(error)


def complain(program: str, error: Exception) -> int:
    """Writes to standard error why `program` ends, and returns its exit status.

    An expected failure of the environment is one line. Anything else keeps its traceback, which is needed to find the
    cause.
    """
    line = explain(error)
    if line is None or (isinstance(error, OSError) and error.errno not in _ADDRESSES):
        sys.stderr.write("".join(traceback.format_exception(error)))
        failures.died(program, error, logs.said)
    sys.stderr.write(f"{program}: {line or type(error).__name__}\n")
    return 2 if isinstance(error, WrongSettings) else 1


def leave(status: int) -> NoReturn:
    """Ends the process at once, output flushed and the last spans and reports sent, without the interpreter's shutdown.

    For programs that used Temporal: the SDK's idle native threads can crash the interpreter while it shuts down.
    """
    tracing.finish()
    failures.finish()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _not_served(error: httpx.TransportError | httpx.HTTPStatusError) -> str | None:
    """Another program is down or temporarily refuses; an answer that rejects our request is a bug."""
    try:
        url = error.request.url
    except RuntimeError:  # it was raised without one
        return f"another program does not answer ({type(error).__name__})"
    at = f"{url.scheme}://{url.netloc.decode()}"
    if isinstance(error, httpx.TransportError):
        return f"{at} does not answer ({type(error).__name__})"
    status = error.response.status_code
    return f"{at} cannot serve now (HTTP {status}); try again" if status == 429 or status >= 500 else None


def _bare_state(error: BaseException) -> str | None:
    return error.sqlstate if isinstance(error, asyncpg.PostgresError) else None


def _system(error: BaseException) -> str | None:
    return f"{error.strerror or error}" if isinstance(error, OSError) else None
