"""Links with which a marketplace lets its buyer pay one deal on our page, without a log-in of ours."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.checkout_links.schemas import CheckoutLinkIn, CheckoutLinkOut
from api.dependencies import RequiresTenant, ServicesOfApp, Tenant
from api.fields import IdInPath
from domain.roles import Scope
from edge.idempotency import Answer, IdempotencyKey
from edge.problem import answer_response, problems
from edge.wire import utc
from fronts.writes import Written
from store.checkout_links import link_token, make_checkout_link
from store.deals import deal_of

router = APIRouter(tags=["payments"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.PAYMENTS))]


@router.post(
    "/deals/{deal_id}/checkout-links",
    status_code=201,
    response_model=CheckoutLinkOut,
    responses=problems(401, 403, 404, 409, 413, 422, 503),
)
async def make_link(
    request: Request,
    deal_id: IdInPath,
    body: CheckoutLinkIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """Makes a link that lets the deal's buyer pay on a hosted page. It is opened once; a repeat tells it again."""
    settings = services.settings

    async def work(session: AsyncSession) -> Written:
        deal = await deal_of(session, caller.marketplace_id, deal_id)
        link = await make_checkout_link(session, settings.pepper_bytes, deal, body.return_url, body.lasts_s)
        out = CheckoutLinkOut(
            id=str(link.id),
            deal_id=str(deal.id),
            url="",
            return_url=link.return_url,
            expires_at=utc(link.expires_at),
        )
        return Written.of(201, out, link)

    answer = await services.writes.outcome(request, caller.name, key, body, work)
    if answer.status != 201:
        return answer_response(answer)
    # Worked out for each answer anew: what opens a link is stored nowhere.
    token = link_token(UUID(answer.body["id"]), settings.pepper_bytes)
    told = answer.body | {"url": f"{settings.public_url}/pay/{token}"}
    return answer_response(Answer(answer.status, told, answer.repeated))
