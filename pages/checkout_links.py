"""How a marketplace's own customer gets in: a link that opens the payment of one deal, once."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from market import checkout_links
from pages.visit import CHECKOUT_COOKIE, SESSION_COOKIE, AnyVisit
from store import clock
from store.deals.checkout_links import find_link
from store.deals.deals import deal_of

router = APIRouter()


@router.get("/pay/{token}")
async def arrive(visit: AnyVisit, token: str) -> Response:
    """Uses nothing up: programs that preview links in mails and chats also open this page.

    A link that opens nothing any more says why, and leads back to the shop; the person who opened it here continues.
    """
    async with visit.transaction() as session:
        found = await find_link(session, visit.services.settings.pepper_bytes, token[:200])
        if found is None:
            return visit.page("checkout_links/ended.html", 404, why="false", return_url=None)
        link, over = found
        if visit.visitor is not None and visit.visitor.link_id == link.id:
            return visit.to(f"/deals/{link.deal_id}/payment")
        if link.opened_at is not None or over:
            why = "over" if link.opened_at is None else "used"
            return visit.page("checkout_links/ended.html", 410, why=why, return_url=link.return_url)
        deal = await deal_of(session, None, link.deal_id)
        now = await clock.now(session, deal.id)
    return visit.page("checkout_links/arrive.html", deal=deal, token=token, now=now)


@router.post("/pay/{token}")
async def open_link(visit: AnyVisit, token: str) -> Response:
    await visit.form()
    async with visit.transaction() as session:
        opened = await checkout_links.open_(session, token[:200], visit.services.settings.pepper_bytes)
    if opened is None:
        return visit.to(visit.request.url.path)
    link, secret = opened
    response = visit.to(f"/deals/{link.deal_id}/payment")
    visit.set_cookie(response, CHECKOUT_COOKIE, secret)
    # The person logged in here may not be the recipient of this link.
    visit.drop_cookie(response, SESSION_COOKIE)
    return response
