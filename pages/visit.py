"""One request of a browser: its visitor, their language, and the answer."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import HTMLResponse, RedirectResponse, Response

from domain.errors import Forbidden, NotFound, Refusal
from domain.roles import Role
from edge import logs
from fronts.cookies import SESSION, host_cookie, is_secure, set_cookie
from fronts.guard import is_own_form
from fronts.services import Services
from market.actor import Actor
from pages.errors import form_error
from pages.forms import read_form
from pages.languages import language_of
from pages.templating import render
from store.deals.checkout_links import find_checkout
from store.people.sessions import find_session
from texts.languages import Language

SESSION_COOKIE: Final = SESSION
CHECKOUT_COOKIE: Final = "checkout"
LANGUAGE_COOKIE: Final = "language"
ZONE_COOKIE: Final = "zone"
LOGIN_COOKIE: Final = "login"
"""The login whose password was just set: the log-in form begins with it."""
YEAR_S: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor as a client of a marketplace. `deal_id` is set when a checkout link admitted them to that deal."""

    user_id: UUID
    marketplace_id: UUID
    name: str
    login: str | None = None
    deal_id: UUID | None = None
    link_id: UUID | None = None
    return_url: str | None = None

    @property
    def caller(self) -> str:
        """Owner of these idempotency keys."""
        return f"pages/{self.user_id}" if self.link_id is None else f"checkout-link/{self.link_id}"

    @property
    def actor(self) -> Actor:
        """The actor that they act as."""
        return Actor(self.marketplace_id, self.user_id, self.deal_id)

    def may_see(self, deal_id: UUID) -> bool:
        return self.deal_id in (None, deal_id)


class SeeOther(Exception):
    """The answer is elsewhere, at `url` within our pages."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


@dataclass(frozen=True, slots=True)
class Visit:
    request: Request
    services: Services
    language: Language
    visitor: Visitor | None
    token: str
    """Random: of the visitor's session, of their checkout, or of a cookie made for their first form."""
    fresh_token: bool = False

    @property
    def client(self) -> Visitor | None:
        """The visitor, if they logged in. A checkout link admits to one deal, and elsewhere its guest is a stranger."""
        return None if self.visitor is None or self.visitor.deal_id is not None else self.visitor

    @property
    def is_secure(self) -> bool:
        return is_secure(self.request)

    @property
    def csrf(self) -> str:
        """The token in this visitor's forms; another site cannot compute it."""
        pepper = self.services.settings.pepper_bytes
        return hmac.new(pepper, b"form\0" + self.token.encode(errors="replace"), hashlib.sha256).hexdigest()

    @property
    def this_page(self) -> str:
        """Where a change of language returns to: the answer to a form has no address."""
        return here(self.request) if self.request.method == "GET" else "/"

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        async with self.services.database.transaction() as session:
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """For lists, which decide nothing: maybe at a replica."""
        async with self.services.replica.snapshot() as session:
            yield session

    async def form(self, *allowed: str) -> dict[str, str]:
        """The posted fields, of a form from our own page. Raises `Forbidden` foreign_form, `Malformed`."""
        fields = await read_form(self.request, (*allowed, "csrf"))
        token = fields.pop("csrf").encode(errors="replace")
        if is_own_form(self.request.scope) is False or not hmac.compare_digest(token, self.csrf.encode()):
            raise Forbidden("foreign_form", "This form is too old, or came from another site. Open the page again.")
        return fields

    def page(
        self,
        template: str,
        status: int = 200,
        *,
        refusal: Refusal | None = None,
        renamed: Mapping[str, str] = MappingProxyType({}),
        **values: Any,
    ) -> Response:
        """An HTML page. Every value is shown as text: the templates escape.

        With `refusal` its status, and its words in the form; `renamed` maps a rule's field to the form's.
        """
        if refusal is not None:
            status, values["error"] = refusal.status, form_error(self.language, refusal, renamed)
        response = HTMLResponse(render(template, self, values), status)
        if self.fresh_token:
            self.set_cookie(response, SESSION_COOKIE, self.token)
        return response

    def to(self, url: str) -> RedirectResponse:
        """After a form: the browser then requests the page itself, so that a reload repeats nothing."""
        return RedirectResponse(url, 303)

    def set_cookie(self, response: Response, name: str, value: str, max_age_s: int | None = None) -> None:
        set_cookie(self.request, response, cookie_name(name, secure=self.is_secure), value, max_age_s)

    def drop_cookie(self, response: Response, name: str) -> None:
        response.delete_cookie(cookie_name(name, secure=self.is_secure), path="/", secure=self.is_secure)


def cookie_name(name: str, *, secure: bool) -> str:
    return host_cookie(name, secure=secure) if name in (SESSION_COOKIE, CHECKOUT_COOKIE) else name


async def visit_of(request: Request) -> Visit:
    services: Services = request.app.state.market.state.services
    secure, cookies = is_secure(request), request.cookies
    token = cookies.get(cookie_name(SESSION_COOKIE, secure=secure), "")[:200]
    checkout = cookies.get(cookie_name(CHECKOUT_COOKIE, secure=secure), "")[:200]
    language = language_of(
        cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", ""), cookies.get(ZONE_COOKIE)
    )
    visitor = None
    if token or checkout:
        async with services.database.transaction() as session:
            visitor = await _client(session, services, token) if token else None
            if visitor is None and checkout:
                visitor = await _guest(session, services, checkout)
    if visitor is not None:
        logs.bind(marketplace=str(visitor.marketplace_id))
    if visitor is not None and visitor.link_id is not None:
        return Visit(request, services, language, visitor, checkout)
    return Visit(request, services, language, visitor, token or secrets.token_urlsafe(32), fresh_token=not token)


async def _client(session: AsyncSession, services: Services, token: str) -> Visitor | None:
    person = await find_session(session, services.settings.pepper_bytes, token)
    if person is None or Role.CLIENT not in person.roles or person.user_id is None or person.marketplace_id is None:
        return None
    return Visitor(person.user_id, person.marketplace_id, person.name, person.login)


async def _guest(session: AsyncSession, services: Services, token: str) -> Visitor | None:
    found = await find_checkout(session, services.settings.pepper_bytes, token)
    if found is None:
        return None
    link, user = found
    return Visitor(
        user.id, user.marketplace_id, user.name, deal_id=link.deal_id, link_id=link.id, return_url=link.return_url
    )


AnyVisit = Annotated[Visit, Depends(visit_of)]


@dataclass(frozen=True, slots=True)
class Known:
    """A visit by a known person."""

    visit: Visit
    visitor: Visitor


async def _payer(visit: AnyVisit) -> Known:
    if visit.visitor is None:
        raise SeeOther(f"/log-in?next={quote(here(visit.request), safe='')}")
    return Known(visit, visit.visitor)


async def _cabinet(known: Annotated[Known, Depends(_payer)]) -> Known:
    if known.visitor.deal_id is not None:
        # A link opens one deal and nothing else of the user.
        raise NotFound("not_found", "There is nothing here.")
    return known


Payer = Annotated[Known, Depends(_payer)]
"""A client who logged in, or whom a checkout link admitted to one deal."""
Client = Annotated[Known, Depends(_cabinet)]
"""A client who logged in."""


def here(request: Request) -> str:
    """The requested page, to return to after the log-in."""
    query = f"?{request.url.query}" if request.url.query and request.method == "GET" else ""
    return f"{request.url.path}{query}"
