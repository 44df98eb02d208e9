"""Which release this code is, which workflows it has, and how a worker says so to Temporal."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Final

from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

import workflows
from edge.release import build_id

BUILD_ID: Final = build_id(Path(__file__).parent)

# How the SDK marks what `workflow.defn` decorates.
_WORKFLOW = "__temporal_workflow_definition"


def _workflows() -> Sequence[type]:
    """Every workflow of `workflows/`."""
    modules = [import_module(f"workflows.{found.name}") for found in iter_modules(workflows.__path__)]
    classes = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    return sorted((one for one in classes if hasattr(one, _WORKFLOW)), key=lambda one: one.__name__)


WORKFLOWS: Final = _workflows()


def identity(deployment: str | None, build: str) -> dict[str, Any]:
    """Options of a `Worker`. Without a deployment it takes every task of its queue, whichever build came before.

    Within one, a workflow goes on with the build that is current: a deal is open for weeks, and its truth is in rows
    that every build reads. None is pinned by its definition: Temporal refuses that of a worker without a deployment.
    """
    if deployment is None:
        return {"build_id": build}
    version = WorkerDeploymentVersion(deployment_name=deployment, build_id=build)
    versioning = WorkerDeploymentConfig(
        version=version, use_worker_versioning=True, default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE
    )
    return {"deployment_config": versioning}
