"""Guard of every page of /admin: the origin of a request, the content that a page may load, and the visitor."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from jinja2 import BaseLoader, Environment, TemplateNotFound
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import URLPath
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_admin.auth import AdminUser, AuthProvider, LoginFailed

from domain.errors import Refusal
from domain.roles import Role
from edge.database import sqlstate_of
from edge.headers import SafeHeaders
from edge.links import local
from fronts.cookies import address_of, device_of, remember_device, set_cookie
from fronts.guard import HEADERS, is_own_form
from fronts.services import Services
from store.people.marketplaces import marketplaces
from store.people.sessions import SESSION

PATH: Final = "/admin"
STATIC: Final = f"{PATH}/static/"  # files of the library, which need no database and are nobody's secret
_KEPT: Final = "max-age=3600"  # after another version of the library a page is right within the hour
COOKIE: Final = "admin_session"
FONT: Final = "@import url('https://rsms.me/inter/inter.css');"
GOES: Final = 'onchange="window.location = this.value"'  # layout.html listens for these instead
_WRONG_VALUE: Final = "22"  # SQLSTATE class 22, data exception
MAX_CHOICES: Final = 1_000  # administrators with more marketplaces use the API
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Refuses unsafe requests that do not come from our own pages, and sets what pages may load."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] not in SAFE and not is_own_form(scope):
            await PlainTextResponse("This request did not come from one of these pages.", 403)(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        headers = HEADERS | {"Content-Security-Policy": policy(nonce)}
        if scope["path"].startswith(STATIC):
            headers["Cache-Control"] = _KEPT
        await SafeHeaders(self._library, headers)(_without_what_callers_make_up(scope), receive, send)

    async def _library(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["scheme"] == "https":
                message["headers"] = [_only_by_https(one) for one in message["headers"]]
            await send(message)

        try:
            await self._app(scope, receive, secured)
        except (DBAPIError, OverflowError) as error:
            # An invalid page number, or an id of another type, which the library passes to the database unchecked.
            if isinstance(error, DBAPIError) and not (sqlstate_of(error) or "").startswith(_WRONG_VALUE):
                raise
            await PlainTextResponse("There is nothing here.", 404)(scope, receive, secured)


class _Paths:
    """Addresses of pages as paths: without scheme and host, links stay on the present site."""

    def __init__(self, names: Any) -> None:
        self._names = names

    def url_path_for(self, name: str, /, **parameters: Any) -> URLPath:
        return URLPath(str(self._names.url_path_for(name, **parameters)))


def _without_what_callers_make_up(scope: Scope) -> Scope:
    """Without a host the library's links are paths for every `Host`; only our own code checks `Host`, first.

    A return address after the log-in that is not ours is dropped: the library cannot parse all of them.
    """
    headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    kept = [(name, value) for name, value in query if name != "next" or local(value, "")]
    changed = {"query_string": urlencode(kept).encode()} if len(kept) < len(query) else {}
    return {**scope, "headers": headers, "server": None, "router": _Paths(scope["router"]), **changed}


def _only_by_https(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """The library looks for https in addresses, which are paths here."""
    name, value = header
    is_open = name.lower() == b"set-cookie" and b"; secure" not in value.lower()
    return (name, value + b"; Secure") if is_open else header


def policy(nonce: str) -> str:
    """Content policy of a page: only scripts with its nonce, our own styles and pictures, no frames."""
    return (
        "default-src 'none'; "
        f"script-src 'nonce-{nonce}' 'strict-dynamic'; "
        "style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


class Nonces(BaseLoader):
    """The library's templates with the page's nonce in each of their script tags, and without inline handlers.

    The nonce is put into the source of templates and never into what they render: a stored script gets none.
    Our own template that extends the one it replaces names that `library/…`.
    """

    def __init__(self) -> None:
        self._folder = files("starlette_admin") / "templates"

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool]]:
        file = self._folder.joinpath(*template.removeprefix("library/").split("/"))
        if ".." in template or not file.is_file():
            raise TemplateNotFound(template)
        source = file.read_text(encoding="utf-8")
        # No part of a page comes from another host; instead of that font the system's is used.
        source = source.replace(FONT, "").replace(GOES, "data-goes")
        source = source.replace("<script", '<script nonce="{{ request.state.nonce }}"')
        return source, str(file), lambda: True


class Administrators(AuthProvider):
    """Admits administrators, by the same log-in and sessions as everybody; others get the answer for strangers."""

    async def login(self, username: str, password: str, remember_me: bool, request: Request) -> Response:
        log_in = _services(request).log_in
        address, device = address_of(request), device_of(request)
        try:
            token = await log_in.session(username, password, address, device, role=Role.ADMINISTRATOR)
        except Refusal as refused:
            raise LoginFailed(refused.detail) from None
        response = RedirectResponse(local(request.query_params.get("next") or "", f"{PATH}/"), 303)
        set_cookie(request, response, COOKIE, token, int(SESSION.total_seconds()), path=PATH, samesite="strict")
        remember_device(request, response, _services(request), username)
        return response

    async def logout(self, request: Request) -> Response:
        await _services(request).log_in.log_out(request.cookies.get(COOKIE, ""))
        response = RedirectResponse(f"{PATH}/login", 303)
        response.delete_cookie(COOKIE, path=PATH)
        return response

    async def authenticate(self, request: Request) -> AdminUser | None:
        services, token = _services(request), request.cookies.get(COOKIE)
        person = await services.log_in.person(token) if token else None
        if person is None or Role.ADMINISTRATOR not in person.roles:
            return None
        request.state.operator_id = person.operator_id
        # Lists of choices are made without waiting for a database.
        async with services.database.transaction() as session:
            request.state.marketplaces = await marketplaces(session, MAX_CHOICES)
        return AdminUser(username=person.name)


def marketplaces_of(request: Request) -> list[tuple[str, str]]:
    """Id and name of each marketplace, as choices for an admitted visitor."""
    return [(str(each.id), each.name) for each in request.state.marketplaces]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services
