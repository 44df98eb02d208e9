"""Whether this build can go on with the workflows that are open: their histories, replayed by its code.

A gate before a deployment: a workflow whose history the new code does not follow would stop at its next task until the
old code is back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.worker import Replayer

from deployments import Deployment
from releases import BUILD_ID, WORKFLOWS
from sagas import Sagas
from workflows.sandbox import sandboxed


@dataclass
class Checked:
    """How many open workflows of each type were replayed, and why some do not fit, by their ids."""

    replayed: Counter[str] = field(default_factory=Counter)
    misfits: dict[str, str] = field(default_factory=dict)


async def check(sagas: Sagas) -> Checked:
    """Replays every open workflow of our task queue, in the sandbox. Raises `TemporalNotReached`."""
    return await replayed(sagas.open_histories(), sagas.converter, WORKFLOWS)


async def deploy(
    sagas: Sagas,
    deployment: Deployment,
    percent: float = 100.0,
    *,
    build: str = BUILD_ID,
    workflows: Sequence[type] = WORKFLOWS,
) -> Checked:
    """Makes this build current, or has it take so many percent of the workflows, if every open one fits it.

    With 0 percent nothing is replayed. Raises `TemporalNotReached` and `NotRouted`.
    """
    checked = await replayed(sagas.open_histories(), sagas.converter, workflows) if percent else Checked()
    if not checked.misfits:
        await (deployment.make_current(build) if percent >= 100 else deployment.ramp(build, percent))
    return checked


async def replayed(
    histories: AsyncIterator[WorkflowHistory], converter: DataConverter, workflows: Sequence[type]
) -> Checked:
    """A type that `workflows` does not have is a misfit."""
    checked = Checked()
    replayer = Replayer(workflows=workflows, workflow_runner=sandboxed(), data_converter=converter)
    async with replayer.workflow_replay_iterator(histories) as results:
        async for result in results:
            started = result.history.events[0].workflow_execution_started_event_attributes
            checked.replayed[started.workflow_type.name] += 1
            if result.replay_failure is not None:
                why = f"{type(result.replay_failure).__name__}: {result.replay_failure}"
                checked.misfits[result.history.workflow_id] = why.partition("\n")[0]
    return checked
