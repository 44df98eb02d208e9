"""Spans as a collector of OpenTelemetry receives them, and one trace drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.figure import Figure
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.drawing import as_svg

_COLOURS: Final = {
    "holdfast-api": "#2f6f9f",
    "holdfast-worker": "#c46a2b",
    "holdfast-bank": "#3d8b5a",
    "holdfast-signer": "#8a5a9e",
}
_LONGEST_NAME: Final = 72


@dataclass(frozen=True, slots=True)
class Span:
    """A span of `program`; `parent` is empty where its trace begins. Times are nanoseconds since 1970."""

    program: str
    name: str
    trace: bytes
    id: bytes
    parent: bytes
    attributes: Mapping[str, str]
    begins_ns: int
    ends_ns: int


def spans_of(body: bytes) -> Iterator[Span]:
    """Those of one request to a collector, by OTLP over HTTP."""
    for part in ExportTraceServiceRequest.FromString(body).resource_spans:
        [program] = [one.value.string_value for one in part.resource.attributes if one.key == "service.name"]
        for scope in part.scope_spans:
            for span in scope.spans:
                said = {one.key: one.value.string_value for one in span.attributes}
                ids = (span.trace_id, span.span_id, span.parent_span_id)
                yield Span(program, span.name, *ids, said, span.start_time_unix_nano, span.end_time_unix_nano)


def whole_traces(spans: Iterable[Span]) -> list[list[Span]]:
    """Those that begin with a request and hold the parent of each span, each in the order of time."""
    traces: dict[bytes, list[Span]] = {}
    for span in spans:
        traces.setdefault(span.trace, []).append(span)
    return [sorted(found, key=lambda span: span.begins_ns) for found in traces.values() if _is_whole(found)]


def _is_whole(trace: Sequence[Span]) -> bool:
    ids = {span.id for span in trace}
    return all(not span.parent or span.parent in ids for span in trace)


def drawn(trace: Sequence[Span]) -> bytes:
    """A bar for each span, below its parent, as SVG."""
    ordered = list(_below(trace, b"", 0))
    begins_ns = min(span.begins_ns for span in trace)
    chart = Figure(figsize=(15, 0.2 * len(ordered) + 1))
    axes = chart.add_axes((0.33, 0.05, 0.65, 0.94))
    for row, (depth, span) in enumerate(ordered):
        left_ms, long_ms = (span.begins_ns - begins_ns) / 1e6, (span.ends_ns - span.begins_ns) / 1e6
        axes.barh(row, max(long_ms, 0.2), left=left_ms, color=_COLOURS.get(span.program, "#777777"), height=0.7)
        said = f"{'    ' * depth}{span.program.removeprefix('holdfast-')}: {span.name}"
        axes.text(-0.5, row, said[:_LONGEST_NAME], fontsize=7, va="center", transform=axes.get_yaxis_transform())
    axes.set_yticks([])
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel("milliseconds since the request", fontsize=8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    return as_svg(chart)


def _below(trace: Sequence[Span], parent: bytes, depth: int) -> Iterator[tuple[int, Span]]:
    for span in trace:
        if span.parent == parent:
            yield depth, span
            yield from _below(trace, span.id, depth + 1)
