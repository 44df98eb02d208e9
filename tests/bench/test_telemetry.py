"""The dashboards are drawn from what a real Prometheus answers, and a trace with each span below its parent."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from bench import dashboards, spans
from bench.dashboards import Line, Panel, Prometheus
from bench.telemetry import lines, one_trace, prometheus_of
from devstack.ports import HOST, free_port
from tests.fixtures.sagas import eventually

PLACE = {"h": 8, "w": 12, "x": 0, "y": 0}


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="NO PROMETHEUS: its answers are untested here")
async def test_a_panel_shows_what_prometheus_has_read_and_says_when_it_has_nothing(tmp_path: Path) -> None:
    registry, port, began = CollectorRegistry(), free_port(), time.time() - 5
    Gauge("holdfast_open_deals", "Open deals.", ["state"], registry=registry).labels("settling").set(7)
    server, thread = start_http_server(port, addr=HOST, registry=registry)
    try:
        async with prometheus_of({"holdfast-worker": port}, tmp_path) as url:

            async def read() -> dict[str, Panel]:
                found = dashboards.read("money", Prometheus(url, began, time.time() + 1))
                return {panel.title: panel for panel in found}

            panels = await eventually(read, lambda found: bool(found["Open deals"].lines), "a scrape")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    [line] = panels["Open deals"].lines
    assert line.name == "settling" and line.points[-1][1] == 7
    assert panels["Open withdrawals"].lines == []
    found = lines({"money": list(panels.values())}, ["HoldfastBooksBehind"], [])
    assert found[0].startswith("money: 1 of 16 panels have figures; without: Oldest answer that a bank owes")
    assert found[1] == "alarms that fired: HoldfastBooksBehind"
    drawn = _text(dashboards.drawn(list(panels.values())))
    assert {*panels, "settling", "nothing"} <= set(drawn)


def test_a_figure_is_shown_with_its_unit_and_several_with_their_names() -> None:
    one = Panel("Oldest", "stat", "s", PLACE, [Line("", [(0, 1.0), (1, 90.0)])])
    two = Panel("Stuck", "stat", "short", PLACE, [Line("deal", [(0, 3.0)]), Line("refund", [(0, 4.0)])])
    assert "90 s" in _text(dashboards.drawn([one]))
    assert {"deal 3", "refund 4"} <= set(_text(dashboards.drawn([two])))


def test_a_trace_is_drawn_whole_with_each_span_below_its_parent() -> None:
    told = ExportTraceServiceRequest()
    for program, name, own, parent in (
        ("holdfast-bank", "POST debit", b"c", b"b"),
        ("holdfast-api", "POST /api/v1/payments/{payment_id}/code-attempts", b"a", b""),
        ("holdfast-worker", "debit", b"b", b"a"),
    ):
        part = told.resource_spans.add()
        part.resource.attributes.add(key="service.name").value.string_value = program
        begins = 1_000_000 * ord(own)
        span = {"trace_id": b"t", "span_id": own, "parent_span_id": parent, "name": name}
        part.scope_spans.add().spans.add(**span, start_time_unix_nano=begins, end_time_unix_nano=begins + 5_000_000)
    seen = list(spans.spans_of(told.SerializeToString()))
    cut = [span for span in seen if span.id != b"b"]
    assert spans.whole_traces(cut) == []
    shown = [text for text in _text(spans.drawn(one_trace(seen))) if ":" in text]
    assert shown == [
        "api: POST /api/v1/payments/{payment_id}/code-attempts",
        "worker: debit",
        "bank: POST debit",
    ]


def _text(drawn: bytes) -> list[str]:
    root = ElementTree.fromstring(drawn)
    return [(element.text or "").strip() for element in root.iter() if element.tag.endswith("text")]
