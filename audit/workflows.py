"""Rows and workflows: every row that is not final has exactly one running workflow, every final row none."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import text

from audit.looks import Difference, lasting
from audit.report import Result, Store, Violation, listed
from edge.database import Database
from market.nouns import NAMES, NOUNS

NAME: Final = "rows_have_their_workflows"
INVARIANT: Final = 15
SENTENCE: Final = "Each row that has a workflow has one running workflow until it is final, then none."
_RUNNING: Final = "RUNNING"

# Names of tables and conditions of our own, no input.
_TABLES: Final = " UNION ALL ".join(
    f"SELECT id, '{noun.workflow_id('')}' || id AS workflow_id, state, final_at, created_at, {noun.optional} AS optional FROM {noun.name}"  # noqa: S608, E501  # no input
    for noun in NOUNS
)
# A row moved when its last event was written.
_ROWS: Final = text(f"""
SELECT r.workflow_id, r.state, CASE WHEN r.optional THEN NULL ELSE r.final_at IS NULL END AS open,
       coalesce((SELECT max(e.created_at) FROM events e WHERE e.subject_id = r.id), r.final_at, r.created_at)
           AS changed_at
FROM ({_TABLES}) r
WHERE r.workflow_id = ANY (:ids) OR :all_open AND r.final_at IS NULL
""")  # noqa: S608  # no input
_COUNT: Final = text("SELECT " + " + ".join(f"(SELECT count(*) FROM {name})" for name in NAMES))  # noqa: S608  # no input


class Workflows(Protocol):
    """What an audit asks of Temporal; `sagas.Sagas` in the product."""

    async def open_workflow_ids(self) -> set[str]: ...

    async def workflow_status(self, workflow_id: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class _Row:
    state: str
    open: bool | None
    """None: its workflow may run, but need not."""
    changed_at: datetime


async def examine(database: Database, workflows: Workflows, now: datetime, grace: timedelta) -> Result:
    """Compares every deal and payment with the running workflows. Raises what `workflows` raises.

    Temporal's list is read before the rows, since a workflow starts after its row. Differences are then checked against
    Temporal's own record.
    """
    running = await workflows.open_workflow_ids()
    rows = await _rows(database, running, all_open=True)
    async with database.transaction() as session:
        examined = int((await session.execute(_COUNT)).scalar_one())
    strangers = running - rows.keys()
    suspects = strangers | {id_ for id_, row in rows.items() if row.open not in (None, id_ in running)}

    async def look(ids: Collection[str]) -> list[Difference]:
        # The workflow first: a row that becomes final between the two looks is examined again.
        statuses = {id_: await workflows.workflow_status(id_) for id_ in ids}
        known = await _rows(database, ids, all_open=False)
        found = [_difference(id_, known.get(id_), status) for id_, status in statuses.items()]
        return [difference for difference in found if difference is not None]

    found = await lasting(await look(suspects), look, now, grace)
    violations = [Violation(NAME, difference.detail) for difference in found]
    total = examined + len(strangers)
    return Result(Store.TEMPORAL, NAME, INVARIANT, SENTENCE, total, listed(violations), len(violations))


async def without_rows(database: Database, workflows: Workflows) -> set[str]:
    """The ids of running workflows without a row: the rows were lost in a restore."""
    running = await workflows.open_workflow_ids()
    strangers = running - (await _rows(database, running, all_open=False)).keys()
    return {id_ for id_ in strangers if await workflows.workflow_status(id_) == _RUNNING}


async def _rows(database: Database, ids: Collection[str], *, all_open: bool) -> Mapping[str, _Row]:
    async with database.transaction() as session:
        found = await session.execute(_ROWS, {"ids": sorted(ids), "all_open": all_open})
        return {row.workflow_id: _Row(row.state, row.open, row.changed_at) for row in found}


def _difference(workflow_id: str, row: _Row | None, status: str | None) -> Difference | None:
    if row is None:
        detail = f"the workflow {workflow_id} is running, and there is no such row"
        return Difference(NAME, workflow_id, detail) if status == _RUNNING else None
    if row.open in (None, status == _RUNNING):
        return None
    said = "was never started" if status is None else f"is {status.lower()}"
    detail = f"{workflow_id} is {row.state}, its workflow {said}"
    return Difference(NAME, workflow_id, detail, row.changed_at)
