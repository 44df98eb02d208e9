"""Log-in of programs that act for a person: OAuth 2 with password and refresh token (RFC 6749, 4.3 and 6)."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse

from api.dependencies import ServicesOfApp
from api.oauth.schemas import OAuthProblem, TokenOut
from domain.errors import Refusal, Unauthenticated
from edge.documents import refusing
from edge.idempotency import problem_body
from edge.logs import request_id
from edge.problem import MEDIA_TYPE, problems
from edge.tokens import Claims, looks_like_token
from fronts.cookies import address_of
from fronts.services import Services
from store.people.grants import Granted

router = APIRouter(prefix="/oauth", tags=["log-in"])

_NO_STORE: Final = {"Cache-Control": "no-store"}
_REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    400: {
        "description": "No token is issued; `error` says why, in OAuth's terms.",
        "content": {MEDIA_TYPE: {"schema": OAuthProblem.model_json_schema()}},
    }
}

Field = Annotated[str | None, Form(max_length=1000)]


@router.post(
    "/token",
    summary="Create an access token",
    response_model=TokenOut,
    responses=refusing(
        _REFUSED | problems(413, 422, 429, 503),
        {400: "invalid_request invalid_grant unsupported_grant_type", 429: "too_many_tries"},
    ),
)
async def create_token(
    request: Request,
    services: ServicesOfApp,
    grant_type: Field = None,
    username: Field = None,
    password: Field = None,
    refresh_token: Field = None,
    device_token: Field = None,
) -> Response:
    """An access token for a quarter of an hour, in exchange for login and password, or for a refresh token.

    A refresh token is used once. A second use ends the whole log-in: the token may be stolen.

    The answer to a password has a `device_token`, which grants no access. Kept on the device and sent with its next
    log-in, it keeps other people's wrong passwords from shutting this device out.
    """
    repeated = await _repeated(request)
    if repeated is not None:
        return _refusal(repeated)
    try:
        granted = await _granted(request, services, grant_type, username, password, refresh_token, device_token)
    except Unauthenticated as wrong:
        return _refusal(Refusal("invalid_grant", wrong.detail))
    except Refusal as refused:
        if refused.status != Refusal.status:
            raise
        return _refusal(refused)
    claims = Claims(granted.person.login_id, granted.grant_id, granted.issued_at, granted.expires_at)
    out = TokenOut(
        access_token=services.tokens.write(claims),
        expires_in=int((granted.expires_at - granted.issued_at).total_seconds()),
        refresh_token=granted.refresh_token,
        # Only with a password: each new device is ten more tries.
        device_token=services.log_in.device(username or "", device_token or "") if grant_type == "password" else None,
    )
    return JSONResponse(out.model_dump(mode="json", exclude_none=True), headers=_NO_STORE)


@router.post(
    "/revoke",
    summary="Revoke a token",
    responses=refusing(_REFUSED | problems(413, 422, 503), {400: "invalid_request"}),
)
async def revoke_token(request: Request, services: ServicesOfApp, token: Field = None) -> Response:
    """Ends the log-in of a refresh or access token, with all its tokens (RFC 7009); an unknown one changes nothing."""
    repeated = await _repeated(request)
    if repeated is not None:
        return _refusal(repeated)
    if token is None:
        return _refusal(Refusal("invalid_request", "The field token is missing.", "token"))
    await services.log_in.revoke(token, services.tokens.read(token) if looks_like_token(token) else None)
    return JSONResponse({}, headers=_NO_STORE)


async def _repeated(request: Request) -> Refusal | None:
    """For a repeated field (RFC 6749, 3.2): the framework takes the last."""
    seen: set[str] = set()
    for name, _ in (await request.form()).multi_items():
        if name in seen:
            return Refusal("invalid_request", "A field of the form comes twice.", name[:100])
        seen.add(name)
    return None


async def _granted(
    request: Request,
    services: Services,
    grant_type: str | None,
    username: str | None,
    password: str | None,
    refresh_token: str | None,
    device_token: str | None,
) -> Granted:
    if grant_type == "password":
        if username is None or password is None:
            missing = "password" if username is not None else "username"
            raise Refusal("invalid_request", f"The field {missing} is missing.", missing)
        return await services.log_in.grant(username, password, address_of(request), device_token or "")
    if grant_type == "refresh_token":
        if refresh_token is None:
            raise Refusal("invalid_request", "The field refresh_token is missing.", "refresh_token")
        return await services.log_in.refresh(refresh_token)
    if grant_type is None:
        raise Refusal("invalid_request", "The field grant_type is missing.", "grant_type")
    raise Refusal("unsupported_grant_type", "grant_type is password or refresh_token.", "grant_type")


def _refusal(refusal: Refusal) -> Response:
    oauth = {"error": refusal.code, "error_description": refusal.detail, "request_id": request_id()}
    return JSONResponse(problem_body(refusal) | oauth, refusal.status, _NO_STORE, MEDIA_TYPE)
