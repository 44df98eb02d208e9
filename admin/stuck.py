"""What is stuck or unknown, oldest first, with links to its row and workflow. Nothing is done from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import CustomView
from starlette_admin.routing import route

from admin.ages import age, now
from admin.guard import PATH
from domain.keys import deal_workflow, override_workflow, payment_workflow, withdrawal_workflow
from fronts.services import Services
from store.deals.stuck import Stuck, What, stuck
from store.operations.checkpoint import behind_since, behind_words
from store.operations.redrive_runs import last_redrive

SHOWN: Final = 100  # the oldest; anybody with more begins with these
LATE_AFTER_S: Final = 60  # when a bank's answer is overdue: the default of `GET /stuck`
WORDS: Final[dict[What, str]] = {
    "unknown": "A bank owes an answer",
    "flagged": "Needs an operator",
    "funds": "The guarantee account at this bank has too little",
    "account": "The payer's account is closed: name another one",
    "payable": "Payable: the seller's bank refused the credit",
    "approval": "An override waits for a second person",
    "suspense": "The bank contradicts a forced result",
    "unbalanced": "Books and banks differ",
    "dispute": "Dispute for a second arbiter",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list; `links` are names and addresses, of our own pages and of the Temporal UI."""

    stuck: Stuck
    words: str
    age: str
    links: list[tuple[str, str]]
    workflow: str | None


class StuckView(CustomView):
    menu_label = "Stuck or unknown"
    icon = "fa fa-hourglass-half"
    path = "/stuck"
    route_name = "stuck"

    @route("")
    async def index(self, request: Request) -> Response:
        session: AsyncSession = request.state.session
        services: Services = request.app.state.services
        found = await stuck(session, older_than_s=LATE_AFTER_S, limit=SHOWN)
        at = await now(session)
        last, since = await last_redrive(session), await behind_since(session)
        ui = services.settings.temporal_ui_url
        rows = [Row(row, WORDS[row.what], age(at, row.since), links(row), workflow(row, ui)) for row in found]
        assert self.templates is not None
        return self.templates.TemplateResponse(
            request=request,
            name="stuck.html",
            context={
                "title": self.menu_label,
                "rows": rows,
                "shown": SHOWN,
                "late_after_s": LATE_AFTER_S,
                "behind": None if since is None else behind_words(since),
                "redriver": f"{age(at, last.at)} ago",
                "redrive_overdue": last.overdue(services.settings.redrive_overdue_s),
            },
        )


def links(row: Stuck) -> list[tuple[str, str]]:
    """The page here with the rows that it is about."""
    ids = (("payment", row.payment_id), ("deal", row.deal_id), ("withdrawal", row.withdrawal_id))
    found = [(f"{noun} {id_}", f"{PATH}/{noun}s/detail?pk={id_}") for noun, id_ in ids if id_ is not None]
    if override := _override(row):
        found.append((f"override {override}", f"{PATH}/overrides/detail?pk={override}"))
    return found


def workflow(row: Stuck, ui: str | None) -> str | None:
    """The workflow in the Temporal UI; None when that address is not set."""
    if ui is None:
        return None
    if override := _override(row):
        id_ = override_workflow(override)
    elif row.withdrawal_id is not None:
        id_ = withdrawal_workflow(str(row.withdrawal_id))
    elif row.payment_id is not None:
        id_ = payment_workflow(str(row.payment_id))
    else:
        id_ = deal_workflow(str(row.deal_id))
    return f"{ui.rstrip('/')}/workflows/{quote(id_, safe='')}"


def _override(row: Stuck) -> str | None:
    kind, _, id_ = (row.awaits or "").partition("/")
    return id_ if kind == "override" else None
