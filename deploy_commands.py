"""The commands for who deploys: whether this build fits what is open, and which build takes which workflows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from edge.console import Failed, say

if TYPE_CHECKING:
    from deployments import Deployment
    from replay_check import Checked
    from sagas import Sagas

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Which build of the worker takes which workflows.")


def replay_check() -> None:
    """Replay the history of every open workflow with this build; a gate before it is deployed."""
    from replay_check import check

    kinds = _all_fit(_with_temporal(lambda sagas, _: check(sagas)))
    say(f"This build can go on with every open workflow: {kinds}.")


@app.command()
def status() -> None:
    """List the builds of the deployment, newest first, with what each is."""
    from releases import BUILD_ID

    builds = _with_temporal(lambda _, deployment: _named(deployment).builds())
    for build in builds:
        share = "" if build.percent is None else f" {build.percent:g} %"
        since = "" if build.since is None else f" since {build.since:%Y-%m-%dT%H:%M:%SZ}"
        print(f"{build.id}  {build.status}{share}{since}{' (this build)' if build.id == BUILD_ID else ''}")
    if not any(build.status == "current" for build in builds):
        say("No build is current: a worker of this deployment gets nothing to do.")


@app.command()
def current() -> None:
    """Have all workflows go on with this build, if every open one fits it."""
    _deploy(100.0)
    say("This build is current.")


@app.command()
def ramp(
    percent: Annotated[float, typer.Argument(min=0, max=99, help="Of the workflows; 0 ends the ramp.")],
) -> None:
    """Have a part of the workflows go on with this build, if every open one fits it."""
    _deploy(percent)
    say(f"This build gets {percent:g} % of the workflows." if percent else "All go on with the current build.")


@app.command()
def off() -> None:
    """Have all workflows go on with the workers without a deployment, if every open one fits this build."""
    from deployments import WITHOUT_DEPLOYMENT

    _deploy(100.0, WITHOUT_DEPLOYMENT)
    say("No build is current: workers without HOLDFAST_DEPLOYMENT take every workflow.")


def _deploy(percent: float, build: str | None = None) -> None:
    from releases import BUILD_ID
    from replay_check import deploy

    to = BUILD_ID if build is None else build
    _all_fit(_with_temporal(lambda sagas, deployment: deploy(sagas, _named(deployment), percent, build=to)))


def _all_fit(checked: Checked) -> str:
    """How many workflows of each type were replayed. Raises `Failed` when one does not fit this build."""
    for workflow_id, why in checked.misfits.items():
        print(f"{workflow_id}: {why}")
    kinds = ", ".join(f"{number} {name}" for name, number in sorted(checked.replayed.items())) or "none"
    if checked.misfits:
        raise Failed(
            f"Do not deploy this build: {len(checked.misfits)} open workflows do not fit it. Replayed: {kinds}."
        )
    return kinds


def _named(deployment: Deployment | None) -> Deployment:
    if deployment is None:
        raise Failed("HOLDFAST_DEPLOYMENT is not set: every worker takes every workflow", 2)
    return deployment


def _with_temporal(job: Callable[[Sagas, Deployment | None], Awaitable[T]]) -> T:
    from deployments import Deployment
    from edge.startup import load
    from sagas import Sagas, connect
    from settings import MarketSettings

    settings = load(MarketSettings)

    async def run() -> T:
        client = await connect(settings.payload_key_bytes, lazy=True)
        deployment = None if settings.deployment is None else Deployment(client, settings.deployment)
        return await job(Sagas(client, settings.task_queue), deployment)

    return asyncio.run(run())
