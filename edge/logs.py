"""The logs of a program: one JSON object per event, on standard error, from our code and from libraries.

Our own events are names with fields: `log.warning("mail_refused", mail=…)`. Libraries log through the standard
library, and their records pass the same pipeline. Every line names its program and, if there is one, the request or
activity that it belongs to (`bind`).

No line contains a secret, a code or a person's address. Fields are ids, numbers and names of types. An exception is
logged as its type and its frames: its message often quotes input, as a database does with a row that it refuses, so
only exceptions that quote nothing keep theirs.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Final, TextIO
from uuid import uuid4

import structlog
from sqlalchemy.exc import DBAPIError
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars, merge_contextvars
from structlog.typing import Processor

from edge import tracing
from edge.database import constraint_of, sqlstate_of
from edge.failures import Report

Event = MutableMapping[str, Any]

log = structlog.get_logger()

bind = bind_contextvars
"""Adds fields to everything logged from here on in the running task, and in tasks that it starts."""

LONGEST_SHOWN: Final = 36  # of a part of a path: a UUID. Tokens of links are longer, and are secrets
REQUEST_ID_HEADER: Final = "X-Request-Id"
_WELL_FORMED: Final = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST_SHOWN}}}")  # keys and tokens are longer
_NUMBER: Final = re.compile(r"[0-9]{3}[0-9a-f]{10}|[0-9 -]{10,}")  # of an account, as our banks and others write it
_REPORTED: Final = ("error", "critical")
_QUOTE_NOTHING: Final = (AssertionError, AttributeError, ImportError, NameError, OSError, RuntimeError, TypeError)


def configure(
    program: str, *, level: int = logging.INFO, stream: TextIO | None = None, report: Report | None = None
) -> None:
    """Writes everything that `program` logs to `stream`, by default standard error. Called once, at its start.

    `level` is for our own events; libraries log only warnings and worse. `report` gets every error.
    """
    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _named(program),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=_ours,
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, _of_workflow, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _trace(report),
                structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    _ours().setLevel(level)
    logging.captureWarnings(capture=True)


def rows_of(values: Mapping[str, object]) -> dict[str, str]:
    """The rows that these values name, as fields of a line: of `deal_id` the field `deal`."""
    named = {name.removesuffix("_id"): value for name, value in values.items() if name.endswith("_id")}
    # `request` without more is one of HTTP.
    return {"payment_request" if name == "request" else name: shown(str(value)) for name, value in named.items()}


async def name_rows(request: Request) -> None:
    """Binds the rows that a request's path names. A dependency of every route."""
    rows = rows_of(request.path_params)
    bind(**rows)
    tracing.mark(rows)


class RequestLogs:
    """ASGI: binds id, method and path of the request to everything logged on its behalf.

    The id is the caller's `X-Request-Id` if that is well-formed, else a new one. Every answer has it in that header.
    A failure that nobody foresaw is logged here, once, after the application has answered it. One without an answer is
    the server's, which logs it likewise and cuts the connection off.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # An earlier request on the same connection may have started this one's task.
        clear_contextvars()
        named = _name_of(scope)
        bind(request_id=named, method=scope["method"], path=shown(scope["path"]))
        header, answered = (REQUEST_ID_HEADER.lower().encode(), named.encode()), False

        async def noting(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)
            answered = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            pass  # before the request was whole: nobody reads an answer, and nothing has failed
        except Exception as error:
            if not answered:
                raise
            # The frames are in the log only; bodies are never logged.
            log.error("unexpected", error=type(error).__name__, exc_info=error)


def request_id() -> str:
    """The id of the request that is being answered; a new one outside of `RequestLogs`."""
    return request_if_any() or _new_id()


def request_if_any() -> str | None:
    """The id of the request on whose behalf something is done; None when it is on behalf of none."""
    found = get_contextvars().get("request_id")
    return None if found is None else str(found)


def _name_of(scope: Scope) -> str:
    given = [value for name, value in scope["headers"] if name == REQUEST_ID_HEADER.lower().encode()]
    name = given[0].decode("latin-1") if len(given) == 1 else ""
    return name if _WELL_FORMED.fullmatch(name) else _new_id()


def _new_id() -> str:
    return uuid4().hex


def shown(path: str) -> str:
    """A path without its tokens, and of account numbers the last four digits."""
    return "/".join(_part(part) for part in path.split("/"))


def _part(part: str) -> str:
    if len(part) > LONGEST_SHOWN:
        return "…"
    return f"…{part[-4:]}" if _NUMBER.fullmatch(part) else part


def _ours(*_: object) -> logging.Logger:
    return logging.getLogger("holdfast")


def _named(program: str) -> Processor:
    def name(logger: Any, method: str, event: Event) -> Event:
        event["program"] = program
        return event

    return name


def _of_workflow(logger: Any, method: str, event: Event) -> Event:
    """Names workflow and request of a line by Temporal's logger of workflows; a sandbox binds nothing itself."""
    details = getattr(event["_record"], "temporal_workflow", None)
    if details:
        event["workflow"] = details["workflow_id"]
        if "request_id" in details:
            event["request_id"] = details["request_id"]
    return event


def _trace(report: Report | None) -> Processor:
    """An exception as its type and its frames, the first cause first. Errors are reported."""

    def trace(logger: Any, method: str, event: Event) -> Event:
        error = event.pop("exc_info", None)
        if error is True:
            error = sys.exc_info()
        if isinstance(error, tuple):
            error = error[1]
        if isinstance(error, BaseException):
            event["trace"] = "".join(_lines(error, set()))
        if report is not None and event.get("level") in _REPORTED:
            report(event, error if isinstance(error, BaseException) else None)
        return event

    return trace


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    if id(error) in seen:
        return
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _lines(cause, seen)
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}{said(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _lines(one, seen)


def said(error: BaseException) -> str:
    """The publishable facts of an exception beside its type."""
    if isinstance(error, DBAPIError):
        return "".join(f" {part}" for part in (sqlstate_of(error), constraint_of(error)) if part)
    return f": {error}" if isinstance(error, _QUOTE_NOTHING) else ""
