"""The dashboards and a trace of a demo, with its faults: read by a real Prometheus and a collector, and drawn."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
import yaml

from bench import dashboards, report, spans
from bench.dashboards import BOARDS, Panel, Prometheus
from bench.options import Options
from bench.spans import Span
from bench.traces import collecting
from devstack.errors import StackError
from devstack.ports import HOST, free_port
from devstack.process import Launch, LeashedProcess
from devstack.site import PORTS
from edge.tracing import COLLECTOR

ROOT: Final = Path(__file__).parents[1]
RULES: Final = ROOT / "deploy" / "prometheus" / "alerts.yml"
LISTENERS: Final = {  # job of deploy/prometheus/prometheus.yml → port of the stack
    "holdfast-api": "api_metrics",
    "holdfast-worker": "worker_metrics",
    "holdfast-temporal-sdk": "temporal_metrics",
    "holdfast-bank": "bank_metrics",
    "holdfast-signer": "signer_metrics",
}
TRACED: Final = "POST /api/v1/payments/{payment_id}/code-attempts"
MOST_SPANS: Final = 80  # in a picture that can be read


async def run(options: Options) -> None:
    """Writes dashboard-money.svg, dashboard-programs.svg and trace.svg.

    A machine without Prometheus does without, unless this was asked for by name: then StackError.
    """
    if not options.names and shutil.which("prometheus") is None:
        report.progress("telemetry is left out: there is no prometheus on this machine")
        return
    ports = {use.name: free_port() for use in PORTS}
    kept: list[bytes] = []
    with tempfile.TemporaryDirectory(prefix="holdfast-telemetry-") as folder:
        async with prometheus_of({job: ports[use] for job, use in LISTENERS.items()}, Path(folder)) as url:
            began = time.time()
            async with collecting(kept) as collector:
                environment = {use.variable: str(ports[use.name]) for use in PORTS} | {COLLECTOR[0]: collector.url}
                report.progress("the demo has begun")
                await _demo(options, Path(folder), environment)
            seen = Prometheus(url, began, dashboards.last_whole(url, began))
            boards = {board.stem: dashboards.read(board.stem, seen) for board in sorted(BOARDS.glob("*.json"))}
            alarms = seen.alarms()
    target = Path(options.folder)
    for board, panels in boards.items():
        (target / f"dashboard-{board}.svg").write_bytes(dashboards.drawn(panels))
    trace = one_trace([span for body in kept for span in spans.spans_of(body)])
    (target / "trace.svg").write_bytes(spans.drawn(trace))
    for line in lines(boards, alarms, trace):
        print(line)


def lines(boards: Mapping[str, Sequence[Panel]], alarms: Sequence[str], trace: Sequence[Span]) -> list[str]:
    said = []
    for board, panels in boards.items():
        empty = [panel.title for panel in panels if not panel.lines]
        has = f"{len(panels) - len(empty)} of {len(panels)} panels have figures"
        said.append(f"{board}: {has}; without: {', '.join(empty) or 'none'}")
    said.append(f"alarms that fired: {', '.join(alarms) or 'none'}")
    said.append(f"the trace has {len(trace)} spans of {len({span.program for span in trace})} programs")
    return said


def one_trace(spans_seen: Sequence[Span]) -> list[Span]:
    """The request that confirms a code, with all that it has caused: the longest that a picture can show."""
    whole = [trace for trace in spans.whole_traces(spans_seen) if trace[0].name == TRACED and len(trace) <= MOST_SPANS]
    return max(whole, key=lambda trace: (len({span.program for span in trace}), len(trace)))


async def _demo(options: Options, folder: Path, environment: Mapping[str, str]) -> None:
    arguments = ("demo", "--no-stay", "--folder", f"{folder}/state", "--seed", str(options.seed))
    launch = Launch([sys.executable, "cli.py", *arguments], env=os.environ | environment, cwd=ROOT)
    process = LeashedProcess.spawn("demo", launch, log := folder / "demo.log")
    try:
        status = await process.wait()
    finally:
        await process.stop()
    if status:
        raise StackError(f"the demo ended with status {status}:\n{log.read_text()[-2000:]}")


@asynccontextmanager
async def prometheus_of(ports: Mapping[str, int], folder: Path) -> AsyncIterator[str]:
    """The URL of a new server that reads those jobs each second, with the rules of deploy/prometheus."""
    program = shutil.which("prometheus")
    if program is None:
        raise StackError("there is no prometheus on this machine (apt-get install prometheus)")
    jobs = [{"job_name": job, "static_configs": [{"targets": [f"{HOST}:{port}"]}]} for job, port in ports.items()]
    often = {"scrape_interval": "1s", "evaluation_interval": "5s"}
    settings = {"global": often, "rule_files": [str(RULES)], "scrape_configs": jobs}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
    port = free_port()
    arguments = (f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data")
    launch = Launch([program, *arguments, f"--web.listen-address={HOST}:{port}"])
    process = LeashedProcess.spawn("prometheus", launch, folder / "prometheus.log")
    try:
        await process.started()
        await _answers(f"http://{HOST}:{port}/-/ready", process)
        yield f"http://{HOST}:{port}"
    finally:
        await process.stop()


async def _answers(url: str, process: LeashedProcess) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        while process.running:
            try:
                if (await http.get(url)).is_success:
                    return
            except httpx.TransportError as error:
                report.progress(f"prometheus is not there yet: {type(error).__name__}")
            await asyncio.sleep(0.2)
    raise StackError("prometheus has ended")
