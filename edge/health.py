"""Health and readiness: healthy means that the process answers, ready that everything it needs does.

GET /health   200 always GET /ready    200, or 503 with a problem that names what does not answer; both may add notices
for operators
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.errors import Unavailable
from edge.problem import response
from edge.serving import serving
from edge.stack_word import stack_header

Checks = Mapping[str, Callable[[], Awaitable[bool]]]
"""What a program needs, by name. Each check returns whether it answers now."""

Notices = Callable[[], Awaitable[Sequence[str]]]
"""Sentences for operators about problems that do not stop any part from answering."""

PROBE_TIMEOUT_S: Final = 5.0
CHECK_WITHIN_S: Final = 2.0  # supervisors give up on a probe after a few seconds
RETRY_AFTER_S: Final = 1


async def missing(checks: Checks) -> list[str]:
    """The names of the checks that fail, raise or take longer than `CHECK_WITHIN_S`, in their order."""
    answers = await asyncio.gather(*(_answers(check) for check in checks.values()))
    return [name for name, answer in zip(checks, answers, strict=True) if not answer]


async def require_ready(checks: Checks, notices: Sequence[str] = ()) -> None:
    """Raises `Unavailable` not_ready, with the notices, unless every check passes."""
    names = await missing(checks)
    if names:
        raise Unavailable("not_ready", " ".join([f"Not answering: {', '.join(names)}.", *notices]), RETRY_AFTER_S)


@asynccontextmanager
async def serve_health(host: str, port: int, checks: Checks, notices: Notices | None = None) -> AsyncIterator[str]:
    """Serves `/health` and `/ready` inside the block and yields the address; port 0: a free one.

    For programs that serve nothing else. `notices` are added to the answer. Raises `OSError` when the port is taken.
    """

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=stack_header())

    async def ready(request: Request) -> Response:
        noted = await _collected(notices)
        try:
            await require_ready(checks, noted)
        except Unavailable as refusal:
            return response(refusal)
        return JSONResponse({"status": "ok"} | ({"notices": noted} if noted else {}), headers=stack_header())

    app = Starlette(routes=[Route("/health", health), Route("/ready", ready)])
    async with serving(app, host, port) as address:
        yield address


async def probe(address: str) -> tuple[bool, str]:
    """Asks the program at `address` (scheme, host, port) whether it is ready, and returns its notices for people."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=PROBE_TIMEOUT_S) as client:
            answer = await client.get(f"{address}/ready")
        said = answer.json()
        if not answer.is_success:
            return False, str(said["detail"])
        return True, " ".join(["ready", *(f"({notice})" for notice in said.get("notices", ()))])
    except httpx.HTTPError as error:
        return False, f"It does not answer ({type(error).__name__})."
    except (ValueError, LookupError, TypeError, AttributeError):
        return False, "Something else answers there."


async def _collected(notices: Notices | None) -> list[str]:
    try:
        return [] if notices is None else list(await asyncio.wait_for(notices(), CHECK_WITHIN_S))
    except Exception:  # noqa: BLE001 # missing notices do not make a program unready
        return []


async def _answers(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await asyncio.wait_for(check(), CHECK_WITHIN_S)
    except Exception:  # noqa: BLE001 # after any failure of a check, its part cannot be used
        return False


def callable_host(host: str) -> str:
    """The address at which a program that listens on `host` can be called."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  # compared, not bound
