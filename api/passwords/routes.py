"""Signing up and new passwords, by links that are mailed. Nobody is known here yet, so nothing is told to anybody."""

from __future__ import annotations

from fastapi import APIRouter, Request

from api.dependencies import ServicesOfApp
from api.passwords.schemas import AskedOut, PasswordIn, PasswordOut, ResetIn, SignUpIn
from edge.problem import problems
from fronts.passwords import choose_password, count_asking, put_sign_up
from fronts.services import Services
from store.password_requests import ask_for_reset

router = APIRouter(tags=["log-in"])


@router.post("/sign-ups", status_code=202, responses=problems(403, 413, 422, 429, 503))
async def sign_up(request: Request, body: SignUpIn, services: ServicesOfApp) -> AskedOut:
    """Has a link mailed with which the first password is set. Who has an account gets one for a new password."""
    await _counted(request, services, body.email)
    async with services.database.transaction() as session:
        await put_sign_up(session, name=body.name, email=body.email, language=body.language)
    return AskedOut()


@router.post("/password-resets", status_code=202, responses=problems(413, 422, 429, 503))
async def ask_for_password(request: Request, body: ResetIn, services: ServicesOfApp) -> AskedOut:
    """Has a link mailed with which a new password is set, to whoever has this address."""
    await _counted(request, services, body.email)
    async with services.database.transaction() as session:
        await ask_for_reset(session, body.email, body.language)
    return AskedOut()


@router.post("/passwords", responses=problems(409, 413, 422, 503))
async def set_password(body: PasswordIn, services: ServicesOfApp) -> PasswordOut:
    """Sets a password with a link, once. Whatever the login had open ends: sessions, tokens, other links."""
    login = await choose_password(services, body.token, body.password)
    return PasswordOut(device_token=services.log_in.device(login, ""))


async def _counted(request: Request, services: Services, email: str) -> None:
    await count_asking(services, request.client.host if request.client else "", email)
