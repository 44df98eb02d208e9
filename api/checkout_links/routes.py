"""Links with which a marketplace lets its buyer pay one deal on our page, without logging in to us."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from api.checkout_links.schemas import CheckoutLinkIn, CheckoutLinkOut
from api.dependencies import RequiresTenant, Tenant
from api.fields import IdInPath
from api.refusals import WRITES
from api.writes import Write
from domain.roles import Scope
from edge.documents import refusing
from edge.idempotency import Answer
from edge.problem import answer_response
from fronts.writes import written
from market import checkout_links
from store.deals.checkout_links import link_token

router = APIRouter(tags=["payments"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.PAYMENTS))]


@router.post(
    "/deals/{deal_id}/checkout-links",
    summary="Create a checkout link",
    status_code=201,
    response_model=CheckoutLinkOut,
    responses=refusing(
        WRITES, {404: "unknown_deal", 409: "deal_closed deadline_passed", 422: "bad_return_url return_url_not_allowed"}
    ),
)
async def create_checkout_link(deal_id: IdInPath, body: CheckoutLinkIn, caller: Actor, write: Write) -> Response:
    """Makes a link that lets the deal's buyer pay on a hosted page, once. A repeated request returns it again."""
    pepper = write.services.settings.pepper_bytes
    act = partial(
        checkout_links.make,
        actor=caller,
        deal_id=deal_id,
        return_url=body.return_url,
        lasts_s=body.lasts_s,
        pepper=pepper,
    )
    work = written(201, act, CheckoutLinkOut.without_url)
    answer = await write.outcome(caller, body, work)
    if answer.status != 201:
        return answer_response(answer)
    # Computed for each answer: the token that opens a link is not stored.
    token = link_token(UUID(answer.body["id"]), pepper)
    shown = answer.body | {"url": f"{write.services.settings.public_url}/pay/{token}"}
    return answer_response(Answer(answer.status, shown, answer.repeated))
