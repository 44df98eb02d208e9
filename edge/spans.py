"""What leaves a program as traces, and how. Loaded only where they are switched on (`edge/tracing.py`).

Instrumentations of libraries see more than anybody else may: addresses with tokens and account numbers, statements,
messages of exceptions. So only attributes in `PUBLISHED` are sent. Events, which quote exceptions, never are.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import httpx
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.propagators.textmap import CarrierT, Getter, default_getter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.trace.status import Status
from opentelemetry.util.types import Attributes

# Statements without their parameters; every other text is ours. `url.path`, `url.full` and `url.query` are not here.
PUBLISHED: Final = frozenset(
    {
        "db.namespace",
        "db.query.text",
        "db.system.name",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
    }
)
OURS: Final = "holdfast."
LONGEST: Final = 500  # characters of an attribute: the beginning of a statement shows which it is
SEND_WITHIN_S: Final = 2.0  # spans may be lost, and a program that ends does not wait for a collector
EVERY_MS: Final = 2_000
_CONVENTIONS: Final = "OTEL_SEMCONV_STABILITY_OPT_IN"


def collector() -> SpanExporter:
    """The collector that the environment names, by OTLP over HTTP."""
    return OTLPSpanExporter(timeout=SEND_WITHIN_S)


def begin(exporter: SpanExporter, program: str, *, of_strangers: bool) -> None:
    """Once in a process: from here on its requests, statements and activities are measured and sent."""
    os.environ.setdefault(_CONVENTIONS, "http,database")  # the names of attributes that are stable now
    propagate.set_global_textmap(_Deaf() if of_strangers else TraceContextTextMapPropagator())
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"holdfast-{program}"}),
        span_limits=SpanLimits(max_span_attribute_length=LONGEST),
    )
    provider.sampler = _Beginnings(provider.sampler)  # what the environment asks for, by default everything
    provider.add_span_processor(BatchSpanProcessor(Published(exporter), schedule_delay_millis=EVERY_MS))
    trace.set_tracer_provider(provider)
    AsyncPGInstrumentor().instrument(tracer_provider=provider)  # type: ignore[no-untyped-call]  # it has no types


def follow(client: httpx.AsyncClient) -> None:
    HTTPXClientInstrumentor.instrument_client(client)


class Published(SpanExporter):
    """Hands on of each span what may be known outside."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([_published(span) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _published(span: ReadableSpan) -> ReadableSpan:
    said = span.attributes or {}
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in said.items() if name in PUBLISHED or name.startswith(OURS)},
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),  # without its description, which quotes the exception
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


class _Beginnings(Sampler):
    """A trace begins with a request or a workflow; calls and statements by themselves, as of pollers, begin none."""

    def __init__(self, inner: Sampler) -> None:
        self._inner = inner

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        parent = trace.get_current_span(parent_context).get_span_context()
        if kind is SpanKind.CLIENT and not parent.is_valid:
            return SamplingResult(Decision.DROP)
        return self._inner.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        return f"Beginnings({self._inner.get_description()})"


class _Deaf(TraceContextTextMapPropagator):
    """Says to our programs where we are, and believes no caller: it could have everything measured."""

    def extract(
        self, carrier: CarrierT, context: Context | None = None, getter: Getter[CarrierT] = default_getter
    ) -> Context:
        return Context() if context is None else context
