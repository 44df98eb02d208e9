from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import Moment
from edge.wire import Wire, utc
from store.deals.checkout_links import MAX_LASTS_S, CheckoutLink

ReturnUrl = Annotated[str, Field(max_length=1000, examples=["https://shop.example/orders/17"])]


class CheckoutLinkIn(Wire):
    return_url: ReturnUrl
    """Where the buyer is sent back to: an https address at one of the marketplace's return origins."""
    lasts_s: Annotated[int, Field(ge=60, le=MAX_LASTS_S)] = 3600
    """Seconds until the link can no longer be opened."""


class CheckoutLinkOut(Wire):
    id: str
    deal_id: str
    url: str
    """Opens the payment of the deal, once, for anyone who has the link: send it to the buyer only."""
    return_url: str
    expires_at: Moment

    @classmethod
    def without_url(cls, link: CheckoutLink) -> CheckoutLinkOut:
        """As it is stored: the address is a secret, added to each answer."""
        return cls(
            id=str(link.id),
            deal_id=str(link.deal_id),
            url="",
            return_url=link.return_url,
            expires_at=utc(link.expires_at),
        )
