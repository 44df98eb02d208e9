"""Consistent reads: each page shows the database at one moment, and names the time zone of its times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from babel.dates import format_datetime
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin.guard import SAFE, STATIC
from domain.errors import Unavailable
from edge.database import see_one_moment
from fronts.services import Services

FORMAT: Final = "d MMM y, HH:mm:ss 'UTC'"


class OneMoment:
    """Wraps the library's session: reads see database or replica at one moment, and cannot change anything."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in SAFE or scope["path"].startswith(STATIC):
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        session: AsyncSession = scope["state"]["session"]
        services: Services = scope["app"].state.services
        try:
            async with services.replica.chosen() as database:
                # The library made the session for the database itself, and has not used it yet.
                session.sync_session.bind = database.engine.sync_engine
                await see_one_moment(session)
                await self._app(scope, receive, noted)
        except Unavailable as ended:
            if has_begun:
                raise
            headers = {"Retry-After": str(ended.retry_after_s)}
            await PlainTextResponse(f"This could not be read now. {ended.detail}", 503, headers)(scope, receive, send)


def moment(at: datetime) -> str:
    """`1 Mar 2026, 12:00:00 UTC`."""
    words: str = format_datetime(at.astimezone(UTC), FORMAT, locale="en_GB")
    return words
