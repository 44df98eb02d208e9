"""A workflow that waits. Alone in its file: the sandbox imports a workflow's module again, with all its imports."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow


@workflow.defn
class Patience:
    @workflow.run
    async def run(self, days: int) -> str:
        await asyncio.sleep(timedelta(days=days).total_seconds())
        return "done"
