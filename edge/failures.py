"""Failures that nobody foresaw, for Sentry: what a program logs as an error, and what ends it.

Off unless `SENTRY_DSN` names a project. A report is made of the log line and of the frames of its exception, and of
nothing else: no bodies, headers, variables or parameters, and messages only of exceptions that quote nothing
(`edge/logs.py`). Refusals are answers, and are not logged as errors.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Final

PROJECT: Final = "SENTRY_DSN"
SEND_WITHIN_S: Final = 2.0  # at the end of a program
MOST_FRAMES: Final = 50  # the innermost
# What of a report is sent; the library adds the machine's name, its modules and more.
_SENT: Final = frozenset(
    ("event_id", "timestamp", "platform", "level", "logger", "logentry", "exception", "tags", "release", "environment")
)
_NO_TAGS: Final = frozenset({"level", "at", "event", "logger", "trace", "program", "exc_info"})

Report = Callable[[Mapping[str, Any], BaseException | None], None]
"""Sends a log line with its exception."""


def configure(program: str, said: Callable[[BaseException], str]) -> Report | None:
    """What reports the errors of `program`; None without a project.

    `said` is what of an exception's message may be known.
    """
    if not os.environ.get(PROJECT):
        return None
    import sentry_sdk  # noqa: PLC0415  # long to load

    sentry_sdk.init(
        os.environ[PROJECT],
        default_integrations=False,  # they read requests, arguments of the command, modules
        auto_enabling_integrations=False,
        auto_session_tracking=False,
        data_collection={"user_info": False, "http_bodies": [], "database_query_data": False},
        include_local_variables=False,
        max_breadcrumbs=0,
        enable_logs=False,
        enable_metrics=False,
        propagate_traces=False,
        server_name="",
        before_send=_allowed,
        shutdown_timeout=SEND_WITHIN_S,
    )

    def report(line: Mapping[str, Any], error: BaseException | None) -> None:
        sentry_sdk.capture_event(report_of(program, line, error, said))

    return report


def finish() -> None:
    """Sends what is left, for a few seconds at most. At the end of a program."""
    library = sys.modules.get("sentry_sdk")
    if library is not None:
        library.flush(timeout=SEND_WITHIN_S)


def died(program: str, error: BaseException, said: Callable[[BaseException], str]) -> None:
    """Reports what has ended a program."""
    library = sys.modules.get("sentry_sdk")
    if library is not None:
        library.capture_event(report_of(program, {"event": "died", "level": "fatal"}, error, said))


def report_of(
    program: str, line: Mapping[str, Any], error: BaseException | None, said: Callable[[BaseException], str]
) -> Any:
    """A report as Sentry takes it; ids of a line are tags, by which people search.

    The sentence of a library may quote anything, and stays in the logs.
    """
    fields = {name: str(value) for name, value in line.items() if name not in _NO_TAGS}
    library = line.get("logger")
    report: dict[str, Any] = {
        "level": str(line.get("level", "error")),
        "logger": str(library or program),
        "logentry": {"message": f"an error in {library}" if library else str(line.get("event", ""))},
        "tags": fields | {"program": program},
    }
    if error is not None:
        report["exception"] = {"values": list(_causes(error, said, set()))}
    return report


def _causes(error: BaseException, said: Callable[[BaseException], str], seen: set[int]) -> Iterator[dict[str, Any]]:
    """The first cause first, as Sentry wants them."""
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield from _causes(cause, said, seen)
    kind = type(error)
    frames = list(_frames(error.__traceback__))[-MOST_FRAMES:]
    value = said(error).removeprefix(":").strip()
    yield {"type": kind.__qualname__, "module": kind.__module__, "value": value, "stacktrace": {"frames": frames}}


def _frames(at: TracebackType | None) -> Iterator[dict[str, Any]]:
    for frame, line in traceback.walk_tb(at):
        code, module = frame.f_code, str(frame.f_globals.get("__name__", ""))
        ours = "site-packages" not in code.co_filename and f"lib{os.sep}python" not in code.co_filename
        yield {
            "filename": f"{module.replace('.', '/')}.py",
            "function": code.co_qualname,
            "module": module,
            "lineno": line,
            "in_app": ours,
        }


def _allowed(event: Any, hint: dict[str, Any]) -> Any:
    return {name: value for name, value in event.items() if name in _SENT}
