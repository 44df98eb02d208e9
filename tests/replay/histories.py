"""Recorded histories: their files, what is scrubbed from them, and what they may not contain."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionDescription, WorkflowHistory

from tests.fixtures.sagas import Market, eventually

FOLDER = Path(__file__).parent / "histories"

_NAME = re.compile(r"(?P<story>[a-z-]+)\.v(?P<version>\d+)\.(?P<part>[a-z0-9-]+)\.json")
# Which worker ran a task, and failing code: facts about the recording machine. Then numbers of the server that a replay
# does not read, and values that mean the same as absent ones.
_SCRUBBED = frozenset({"identity", "stackTrace", "workerVersion", "binaryChecksum", "normalName"})
_SUPERFLUOUS = frozenset({"taskId", "requestId"})
_ABSENT: tuple[object, ...] = ({}, [], "0s")
_MACHINE = re.compile(r"@|\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w.])/(?:work|root|home|tmp|usr|var|opt|Users)/|\.py\b")
_API_KEY = re.compile(r"\bhf_[a-z]+_")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")


class NotKept(Exception):
    """A history that is not written; the message says why."""


@dataclass(frozen=True, slots=True, order=True)
class Recorded:
    """One committed file: the history of one part of a story, in the JSON of the Temporal CLI and UI."""

    story: str
    version: int
    part: str
    folder: Path = FOLDER

    def __str__(self) -> str:
        return f"{self.story}.v{self.version}.{self.part}"

    @property
    def path(self) -> Path:
        return self.folder / f"{self}.json"

    def history(self) -> WorkflowHistory:
        return read(self.path.read_text())


def recorded(folder: Path = FOLDER) -> list[Recorded]:
    """Every file of the folder; raises ValueError for a name that is no history's."""
    found = []
    for path in sorted(folder.glob("*")):
        name = _NAME.fullmatch(path.name)
        if name is None:
            raise ValueError(f"{path.name} is not named like a history: story.v1.part.json")
        found.append(Recorded(name["story"], int(name["version"]), name["part"], folder))
    return found


def newest_version(story: str, folder: Path = FOLDER) -> int:
    """0 for a story without histories."""
    return max((file.version for file in recorded(folder) if file.story == story), default=0)


def keep(
    story: str,
    version: int,
    histories: Mapping[str, WorkflowHistory],
    secrets: Collection[str],
    *,
    folder: Path = FOLDER,
    replace: bool = False,
) -> list[Path]:
    """Writes the histories of all parts of a story, scrubbed, or none of them.

    Raises NotKept when one contains a secret or says something about this machine, or when this version of the
    story is there already and `replace` is not set.
    """
    old = [file.path for file in recorded(folder) if (file.story, file.version) == (story, version)]
    if old and not replace:
        raise NotKept(f"{story} has histories of version {version} already")
    texts = {part: scrubbed(history) for part, history in histories.items()}
    for part, text in texts.items():
        if faults := leaks(read(text), secrets) + machine_traces(read(text)):
            raise NotKept(f"the history of {story}, {part}, may not be kept: {'; '.join(faults)}")
    for path in old:
        path.unlink()
    for part, text in texts.items():
        Recorded(story, version, part, folder).path.write_text(text)
    return [Recorded(story, version, part, folder).path for part in texts]


def scrubbed(history: WorkflowHistory) -> str:
    """JSON with one event in a line, without what only says which machine recorded it."""
    events = [_without_machine(event) for event in history.to_json_dict()["events"]]
    lines = ",\n".join(json.dumps(event, separators=(",", ":")) for event in events)
    return f'{{"events":[\n{lines}\n]}}\n'


def _without_machine(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_machine(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("kind") == "TASK_QUEUE_KIND_STICKY":  # named after the worker's process and machine
        return {"kind": node["kind"]}
    kept = {key: _without_machine(value) for key, value in node.items() if key not in _SCRUBBED | _SUPERFLUOUS}
    # Attributes say of what kind an event is, even when there are none.
    return {key: value for key, value in kept.items() if value not in _ABSENT or key.endswith("EventAttributes")}


def read(text: str) -> WorkflowHistory:
    document = json.loads(text)
    workflow_id = document["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"]
    return WorkflowHistory.from_json(workflow_id, document)


def texts(node: Any) -> Iterator[str]:
    """Every text in a history or in JSON of the server, as the Temporal UI shows it: payloads are decoded."""
    if isinstance(node, WorkflowHistory):
        node = node.to_json_dict()
    if isinstance(node, dict):
        if set(node) <= {"metadata", "data"} and "metadata" in node:
            values = [*node["metadata"].values(), node.get("data", "")]
            yield from (base64.b64decode(value).decode(errors="replace") for value in values)
            return
        for key, value in node.items():
            yield key
            yield from texts(value)
    elif isinstance(node, list):
        for item in node:
            yield from texts(item)
    elif isinstance(node, str):
        yield node


def leaks(node: Any, secrets: Collection[str]) -> list[str]:
    """What of `secrets` is in it, in any case, and what looks like an API key or a code. Secrets are not spelt out."""
    found = set()
    for text in texts(node):
        found |= {f"secret {secret[:2]}…" for secret in secrets if secret.casefold() in text.casefold()}
        found |= {f"API key {match[0]}…" for match in _API_KEY.finditer(text)}
        found |= {f"code {match[0][:2]}…" for match in _CODE.finditer(_UUID.sub("", text))}
    return sorted(found)


def machine_traces(history: WorkflowHistory) -> list[str]:
    """Addresses, `pid@host`, paths and names of source files."""
    return sorted({f"{match[0]} in {text[:80]!r}" for text in texts(history) for match in _MACHINE.finditer(text)})


def workflow_type(history: WorkflowHistory) -> str:
    return history.events[0].workflow_execution_started_event_attributes.workflow_type.name


def end_of(history: WorkflowHistory) -> str:
    """The state in a workflow's result ("" when the result has none), CANCELED, or the kind of its last event."""
    last = history.to_json_dict()["events"][-1]
    if last["eventType"] == EventType.Name(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED):
        return "CANCELED"
    completed = last.get("workflowExecutionCompletedEventAttributes")
    if completed is None:
        return str(last["eventType"])
    [payload] = completed["result"]["payloads"]
    result = json.loads(base64.b64decode(payload["data"]))
    return str(result.get("state", "")) if isinstance(result, dict) else ""


async def closed_history(market: Market, workflow_id: str) -> WorkflowHistory:
    """The whole history of a workflow, once it is closed."""
    handle = market.environment.client.get_workflow_handle(workflow_id)

    def closed(seen: WorkflowExecutionDescription) -> bool:
        return seen.close_time is not None

    await eventually(handle.describe, closed, f"{workflow_id} to close")
    return await handle.fetch_history()
