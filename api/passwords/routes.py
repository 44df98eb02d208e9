"""Sign-up and new passwords, by mailed links. Callers are not authenticated yet, so no answer reveals anything."""

from __future__ import annotations

from fastapi import APIRouter, Request

from api.dependencies import ServicesOfApp
from api.passwords.schemas import AskedOut, PasswordIn, PasswordOut, ResetIn, SignUpIn
from edge.documents import refusing
from edge.problem import problems
from fronts.cookies import address_of
from market import passwords

router = APIRouter(tags=["log-in"])


@router.post(
    "/sign-ups",
    summary="Sign up",
    status_code=202,
    responses=refusing(problems(403, 413, 422, 429, 503), {403: "sign_up_closed", 429: "too_many_tries"}),
)
async def sign_up(request: Request, body: SignUpIn, services: ServicesOfApp) -> AskedOut:
    """Mails a link for setting the first password. A user who has a login gets a link for a new password."""
    pepper, address, details = services.settings.pepper_bytes, address_of(request), body.model_dump()
    await passwords.sign_up(services.database, pepper, address, **details)
    return AskedOut()


@router.post(
    "/password-resets",
    summary="Request a link for a new password",
    status_code=202,
    responses=refusing(problems(413, 422, 429, 503), {429: "too_many_tries"}),
)
async def request_password_link(request: Request, body: ResetIn, services: ServicesOfApp) -> AskedOut:
    """Mails a link for setting a new password to this address, if a user has it."""
    pepper, address, details = services.settings.pepper_bytes, address_of(request), body.model_dump()
    await passwords.ask_for_reset(services.database, pepper, address, **details)
    return AskedOut()


@router.post(
    "/passwords",
    summary="Set a password",
    responses=refusing(problems(409, 413, 422, 503), {409: "bad_link", 422: "weak_password"}),
)
async def set_password(body: PasswordIn, services: ServicesOfApp) -> PasswordOut:
    """Sets a password with a link, once. Sessions, tokens and other links of the login end."""
    database, pepper = services.database, services.settings.pepper_bytes
    login = await passwords.choose_password(database, services.passwords, pepper, body.token, body.password)
    return PasswordOut(device_token=services.log_in.device(login, ""))
