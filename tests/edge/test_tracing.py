"""Traces: off without a collector, and where they are on, only what may be known leaves a program."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import Link, SpanKind, StatusCode, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from edge import tracing
from edge.spans import Published, _Beginnings, _Deaf

SECRET = "boris@example.test"
ELSEWHERE = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exported: InMemorySpanExporter) -> Tracer:
    provider = TracerProvider(sampler=_Beginnings(ParentBased(ALWAYS_ON)))
    provider.add_span_processor(SimpleSpanProcessor(Published(exported)))
    return provider.get_tracer("test")


def test_of_a_span_only_listed_attributes_leave_the_program(exported: InMemorySpanExporter, tracer: Tracer) -> None:
    listed = {"http.route": "/deals/{deal_id}", "db.query.text": "SELECT $1", "holdfast.deal": "1"}
    hidden = {"url.full": SECRET, "url.path": SECRET, "url.query": SECRET, "db.statement.parameters": SECRET}
    with tracer.start_as_current_span("first") as first:
        pass
    link = Link(first.get_span_context(), {"said": SECRET})
    with pytest.raises(ValueError), tracer.start_as_current_span("GET", attributes=listed | hidden, links=[link]):
        raise ValueError(SECRET)
    [_, span] = exported.get_finished_spans()
    assert span.attributes == listed
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert not span.events
    assert [(one.context, dict(one.attributes or {})) for one in span.links] == [(first.get_span_context(), {})]
    assert SECRET not in span.to_json()


def test_a_statement_of_a_poller_begins_no_trace(exported: InMemorySpanExporter, tracer: Tracer) -> None:
    with tracer.start_as_current_span("SELECT", kind=SpanKind.CLIENT), tracer.start_as_current_span("within"):
        pass
    with tracer.start_as_current_span("wake Payment", kind=SpanKind.PRODUCER):
        with tracer.start_as_current_span("UPDATE", kind=SpanKind.CLIENT):
            pass
    assert [span.name for span in exported.get_finished_spans()] == ["UPDATE", "wake Payment"]


def test_strangers_do_not_say_which_trace_their_request_belongs_to() -> None:
    believing, deaf = TraceContextTextMapPropagator(), _Deaf()
    assert get_current_span(believing.extract(ELSEWHERE)).get_span_context().is_valid
    assert not get_current_span(deaf.extract(ELSEWHERE)).get_span_context().is_valid
    sent: dict[str, str] = {}
    deaf.inject(sent, believing.extract(ELSEWHERE))
    assert sent == ELSEWHERE


def test_without_a_collector_nothing_is_measured_and_the_sdk_is_not_loaded() -> None:
    looks = f"""
import sys
from edge import tracing
tracing.configure("api")
with tracing.beginning("wake", {{}}), tracing.continuing({ELSEWHERE}, "debit", {{}}):
    tracing.mark({{"deal": "1"}})
    print(tracing.is_on(), tracing.place(), "opentelemetry.sdk" in sys.modules)
tracing.finish()
"""
    environment = {name: value for name, value in os.environ.items() if name not in tracing.COLLECTOR}
    shown = subprocess.run([sys.executable, "-c", looks], env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout == f"False {ELSEWHERE} False\n"
