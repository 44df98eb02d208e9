"""Traces: what one request has caused, through every program, for a collector of OpenTelemetry.

Off unless `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector. Then nothing is measured, and what would measure is
not loaded. `edge/spans.py` says what leaves a program.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind

COLLECTOR: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PREFIX: Final = "holdfast."  # of what our spans say of themselves
_NO_REQUESTS: Final = ("/health", "/ready", "/socket.io")  # probes, and sockets that stay open for hours
_tracer = trace.get_tracer("holdfast")


def _of_no_use(scope: Mapping[str, Any]) -> bool:
    return scope["type"] == "websocket" or str(scope["path"]).startswith(_NO_REQUESTS)


# Of each web application: its requests, by the pattern of their route. Metrics and logs are ours.
TELEMETRY: Final[Any] = {"metrics": False, "logs": False, "operation_spans": False, "exclude": _of_no_use}


def configure(program: str, *, of_strangers: bool = False) -> None:
    """Sends what `program` does to the collector that the environment names, if any. Called once, at its start.

    With `of_strangers` its callers do not say which trace a request belongs to.
    """
    if any(os.environ.get(name) for name in COLLECTOR):
        from edge import spans  # noqa: PLC0415  # the SDK, which is long to load

        spans.begin(spans.collector(), program, of_strangers=of_strangers)


def finish() -> None:
    """Sends what is left, for a few seconds at most. At the end of a program."""
    shutdown = getattr(trace.get_tracer_provider(), "shutdown", None)
    if shutdown is not None:
        shutdown()


def follow(client: httpx.AsyncClient) -> None:
    """Has the programs that `client` calls continue our traces. Our programs only: nobody else learns of them."""
    if is_on():
        from edge import spans  # noqa: PLC0415  # see above

        spans.follow(client)


def is_on() -> bool:
    return hasattr(trace.get_tracer_provider(), "add_span_processor")


def place() -> dict[str, str]:
    """Where we are in a trace, to be carried to another program; empty outside of one."""
    carried: dict[str, str] = {}
    propagate.inject(carried)
    return carried


@contextmanager
def beginning(name: str, rows: Mapping[str, str]) -> Iterator[None]:
    """What others are given to do: part of the running request's trace, or else the beginning of one."""
    with _tracer.start_as_current_span(name, kind=SpanKind.PRODUCER, attributes=_attributes(rows)):
        yield


@contextmanager
def continuing(carried: Mapping[str, str], name: str, rows: Mapping[str, str]) -> Iterator[None]:
    """What is done here for the trace that `carried` is a place of; nothing outside of one."""
    context = propagate.extract(carried)
    if not trace.get_current_span(context).get_span_context().is_valid:
        yield
        return
    with _tracer.start_as_current_span(name, context, kind=SpanKind.CONSUMER, attributes=_attributes(rows)):
        yield


def mark(rows: Mapping[str, str]) -> None:
    """Names the rows that the running request is about."""
    trace.get_current_span().set_attributes(_attributes(rows))


def _attributes(rows: Mapping[str, str]) -> dict[str, str]:
    return {f"{_PREFIX}{name}": value for name, value in rows.items()}
