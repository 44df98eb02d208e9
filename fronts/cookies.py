"""Cookies of pages and administration: never read by scripts, and over HTTPS bound to this very host."""

from __future__ import annotations

from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response

from fronts.services import Services

SESSION: Final = "session"
DEVICE: Final = "device"
DEVICE_LASTS_S: Final = 365 * 24 * 3600


def is_secure(request: Request) -> bool:
    return bool(request.scope["scheme"] == "https")


def host_cookie(name: str, *, secure: bool) -> str:
    """`__Host-` binds a cookie to one host; browsers accept that over HTTPS only."""
    return f"__Host-{name}" if secure else name


def set_cookie(
    request: Request,
    response: Response,
    name: str,
    value: str,
    max_age_s: int | None = None,
    *,
    path: str = "/",
    samesite: Literal["lax", "strict"] = "lax",
) -> None:
    """Without `max_age_s` it ends with the browser."""
    secure = is_secure(request)
    response.set_cookie(name, value, max_age_s, path=path, secure=secure, httponly=True, samesite=samesite)


def device_of(request: Request) -> str:
    """The device token that the browser has sent, or an empty string."""
    return request.cookies.get(host_cookie(DEVICE, secure=is_secure(request)), "")


def remember_device(request: Request, response: Response, services: Services, login: str) -> None:
    """After a log-in: other people's wrong passwords for `login` will not lock this device out."""
    name = host_cookie(DEVICE, secure=is_secure(request))
    set_cookie(request, response, name, services.log_in.device(login, device_of(request)), DEVICE_LASTS_S)


def address_of(request: Request) -> str:
    """Where the request came from, for rate limits; empty when the server does not say."""
    return request.client.host if request.client else ""
