"""The way in of a marketplace's own customer: a link that opens the payment of one deal, once."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound
from pages.visit import CHECKOUT_COOKIE, SESSION_COOKIE, AnyVisit
from store import clock
from store.checkout_links import open_checkout, unopened_link
from store.deals import deal_of

router = APIRouter()


@router.get("/pay/{token}")
async def arrive(visit: AnyVisit, token: str) -> Response:
    """Uses nothing up: programs that look at links in mails and chats come here too."""
    async with visit.transaction() as session:
        link = await unopened_link(session, visit.services.settings.pepper_bytes, token[:200])
        if link is None:
            raise _over()
        deal = await deal_of(session, None, link.deal_id)
        now = await clock.now(session, deal.id)
    return visit.page("checkout_links/arrive.html", deal=deal, token=token, now=now)


@router.post("/pay/{token}")
async def open_link(visit: AnyVisit, token: str) -> Response:
    await visit.form()
    async with visit.transaction() as session:
        opened = await open_checkout(session, visit.services.settings.pepper_bytes, token[:200])
    if opened is None:
        raise _over()
    link, secret = opened
    response = visit.to(f"/deals/{link.deal_id}/payment")
    visit.set_cookie(response, CHECKOUT_COOKIE, secret)
    # Whoever was logged in here may be somebody else than the one who was sent this link.
    visit.drop_cookie(response, SESSION_COOKIE)
    return response


def _over() -> NotFound:
    return NotFound("unknown_checkout_link", "This link is used up or over. Go back to the shop for another one.")
