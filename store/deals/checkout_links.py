"""Checkout links: a marketplace lets its buyer pay one deal on our page, once, without logging in to us.

The token in the address opens one checkout. The person who opens the link gets a second token in a cookie, and the
first is used up. Only keyed hashes of both are stored.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import ForeignKey, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Malformed
from store.base import Base, Created, Id
from store.deals.deals import Deal
from store.people.marketplaces import Marketplace
from store.people.users import User

MAX_LASTS_S: Final = 7 * 24 * 3600
CHECKOUT: Final = timedelta(hours=2)  # from opening the link; a payment with three codes takes minutes


class CheckoutLink(Base):
    __tablename__ = "checkout_links"

    id: Mapped[Id]
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    digest: Mapped[bytes] = mapped_column(unique=True)
    return_url: Mapped[str]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    session_digest: Mapped[bytes | None] = mapped_column(unique=True)
    """Of the token in the cookie of the opened checkout."""
    session_expires_at: Mapped[datetime | None]
    created_at: Mapped[Created]


async def make_checkout_link(
    session: AsyncSession, pepper: bytes, deal: Deal, return_url: str, lasts_s: int
) -> CheckoutLink:
    """A link for the deal's buyer; see `link_token`. Raises `Malformed` return_url_not_allowed."""
    marketplace = await session.get_one(Marketplace, deal.marketplace_id)
    if origin_of(return_url, "return_url") not in marketplace.return_origins:
        raise Malformed(
            "return_url_not_allowed",
            "Buyers may not be sent back to this site. An administrator lists the allowed sites of a marketplace in "
            f"`origins`: POST /api/v1/marketplaces/{deal.marketplace_id}/return-origins.",
            "return_url",
        )
    link_id = await session.scalar(select(func.uuidv7()))
    assert isinstance(link_id, UUID)
    link = CheckoutLink(
        id=link_id,
        deal_id=deal.id,
        user_id=deal.buyer_id,
        digest=_digest(link_token(link_id, pepper), pepper),
        return_url=return_url,
        expires_at=func.clock_timestamp() + timedelta(seconds=lasts_s),
    )
    session.add(link)
    await session.flush()
    await session.refresh(link)
    return link


def link_token(link_id: UUID, pepper: bytes) -> str:
    """The token that opens a link: 256 bits, derived with the pepper and not stored, so a repeat gets it again."""
    token = hmac.new(pepper, b"checkout-link\0" + link_id.bytes, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


async def find_link(session: AsyncSession, pepper: bytes, token: str) -> tuple[CheckoutLink, bool] | None:
    """The link with this token, used or not, and whether it has expired (the database's clock); None for no link."""
    query = select(CheckoutLink, CheckoutLink.expires_at <= func.clock_timestamp())
    row = (await session.execute(query.where(CheckoutLink.digest == _digest(token, pepper)))).one_or_none()
    return None if row is None else (row[0], row[1])


async def open_checkout(session: AsyncSession, pepper: bytes, token: str) -> tuple[CheckoutLink, str] | None:
    """Uses the link up; returns it with the token of the checkout that begins.

    None when it is unknown, expired or already opened.
    """
    opened = secrets.token_urlsafe(32)
    now = func.clock_timestamp()
    using = update(CheckoutLink).where(
        CheckoutLink.digest == _digest(token, pepper), CheckoutLink.opened_at.is_(None), CheckoutLink.expires_at > now
    )
    using = using.values(opened_at=now, session_digest=_digest(opened, pepper), session_expires_at=now + CHECKOUT)
    link = await session.scalar(using.returning(CheckoutLink))
    return None if link is None else (link, opened)


async def find_checkout(session: AsyncSession, pepper: bytes, opened: str) -> tuple[CheckoutLink, User] | None:
    """The link behind an open checkout, and its owner; None when it is unknown or expired."""
    query = (
        select(CheckoutLink, User)
        .join(User, User.id == CheckoutLink.user_id)
        .where(
            CheckoutLink.session_digest == _digest(opened, pepper),
            CheckoutLink.session_expires_at > func.clock_timestamp(),
        )
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1])


def origin_of(url: str, field: str) -> str:
    """Scheme, host and port of an address to which buyers may be sent: https, or http on this machine.

    Raises `Malformed` bad_return_url.
    """
    wrong = Malformed("bad_return_url", "An https address such as https://shop.example/orders/1 is needed.", field)
    if not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        raise wrong
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    if not parts.hostname or "@" in parts.netloc or (parts.scheme != "https" and not local):
        raise wrong
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port else "")


def _digest(token: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of a token, 32 bytes."""
    return hmac.new(pepper, b"checkout\0" + token.encode(errors="replace"), hashlib.sha256).digest()
