"""The first page: what awaits a person, and where to read on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import CustomView
from starlette_admin.routing import route

from admin.ages import age, now
from admin.guard import PATH
from admin.stuck import LATE_AFTER_S, SHOWN
from store.banks.banks import Fee
from store.base import inline
from store.chain.alarms import alarms
from store.chain.incoming_transfers import waiting as suspense_waiting
from store.deals.deals import Deal
from store.deals.disputes import count_disputes, open_disputes
from store.deals.offers import Offer, OfferState
from store.deals.stuck import stuck
from store.mail.mails import not_sent
from store.operations.checkpoint import behind_since, behind_words
from store.operations.redrive_runs import last_redrive
from store.wallets.corrections import waiting as corrections_waiting
from store.wallets.withdrawals import waiting as withdrawals_waiting
from texts.saved_views import SAVED_VIEWS, address


@dataclass(frozen=True, slots=True)
class Card:
    """A figure with the page that it comes from; `calls`: an operator should look."""

    title: str
    figure: str
    words: str
    address: str
    calls: bool = False


class Overview(CustomView):
    menu_label = "Overview"
    icon = "fa fa-house"
    path = "/"
    add_to_menu = False

    @route("/")
    async def index(self, request: Request) -> Response:
        session: AsyncSession = request.state.session
        assert self.templates is not None
        settings = request.app.state.services.settings
        context = {
            "title": self.menu_label,
            "cards": await cards(session, settings.redrive_overdue_s),
            "temporal_views": views(settings.temporal_ui_url),
        }
        return self.templates.TemplateResponse(request=request, name="overview.html", context=context)


def views(ui: str | None) -> list[tuple[str, str]]:
    """Names and addresses of the views in the Temporal UI; none when its address is not set."""
    return [] if ui is None else [(view.name, address(view, ui)) for view in SAVED_VIEWS]


async def cards(session: AsyncSession, redrive_overdue_s: int) -> list[Card]:
    found = await stuck(session, older_than_s=LATE_AFTER_S, limit=SHOWN)
    at = await now(session)
    waiting = await session.scalar(select(func.count()).where(Offer.state == inline(OfferState.PENDING)))
    open_deals = await session.scalar(select(func.count()).where(Deal.final_at.is_(None)))
    oldest = await session.scalar(select(func.min(Fee.refreshed_at)))
    last = await last_redrive(session)
    (disputes, raised), first = await count_disputes(session), await open_disputes(session, None, 1)
    disputed = f"the oldest: {age(at, first[0][0].opened_at)}" if first else "no dispute is open"
    if raised:
        disputed += f"; {raised} for a second arbiter"
    corrected, asked_at = await corrections_waiting(session)
    asked = "none waits for a second person" if asked_at is None else f"for a second person, since {age(at, asked_at)}"
    unapproved, confirmed_at = await withdrawals_waiting(session)
    held = "none waits for an approver" if confirmed_at is None else f"for an approver, since {age(at, confirmed_at)}"
    in_suspense, recorded_at = await suspense_waiting(session)
    unowned = "nothing is in suspense" if recorded_at is None else f"the oldest: {age(at, recorded_at)}"
    since = f"the oldest: {age(at, found[0].since)}" if found else "every bank has answered"
    many = f"{SHOWN} or more" if len(found) == SHOWN else str(len(found))
    copied = Card("Fees", "–", "not copied from the banks yet", f"{PATH}/fees")
    if oldest is not None:
        copied = replace(copied, figure=f"{age(at, oldest)} ago", words="last copied from the banks")
    behind = await behind_since(session)
    return [
        *([] if behind is None else [Card("Books", "behind", behind_words(behind), f"{PATH}/stuck", calls=True)]),
        Card("Stuck or unknown", many, since, f"{PATH}/stuck", calls=bool(found)),
        Card("Disputes", str(disputes), disputed, f"{PATH}/disputes", calls=bool(first)),
        Card("Suspense", str(in_suspense), unowned, f"{PATH}/suspense", calls=bool(in_suspense)),
        Card("Corrections", str(corrected), asked, f"{PATH}/corrections/list", calls=bool(corrected)),
        Card("Withdrawals", str(unapproved), held, f"{PATH}/withdrawal-approvals", calls=bool(unapproved)),
        Card("Moderation", str(waiting), "waiting for a decision", f"{PATH}/moderation"),
        Card("Deals under way", str(open_deals), "not ended yet", f"{PATH}/deals/list"),
        Card("Redriver", f"{age(at, last.at)} ago", "last run", f"{PATH}/stuck", calls=last.overdue(redrive_overdue_s)),
        await _chain(session),
        await _mails(session),
        copied,
    ]


async def _chain(session: AsyncSession) -> Card:
    found = await alarms(session)
    said = "; ".join(found.words) or "addresses are swept, and the gas account has TRX"
    return Card(
        "On the chain", str(len(found.words)), said, f"{PATH}/outgoing-transactions/list", calls=bool(found.words)
    )


async def _mails(session: AsyncSession) -> Card:
    mails = await not_sent(session)
    words = f"given up this week; not written: {mails.unwritten}, delayed: {mails.late}"
    return Card("Mails not sent", str(mails.failed), words, f"{PATH}/mails/list", calls=any(mails))
