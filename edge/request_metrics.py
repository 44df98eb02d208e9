"""Counts the requests of a program by route: number, outcome and time, for Prometheus."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from prometheus_client import Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS: Final = Counter(
    "holdfast_http_requests", "Requests that were answered, by route.", ("method", "route", "status")
)
SECONDS: Final = Histogram(
    "holdfast_http_request_seconds",
    "From the request to the last byte of its answer, by route.",
    ("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetrics:
    """ASGI. The label is the route's pattern, never a path: ids and tokens would make a series each."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 500  # of a failure that is answered further out

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            status = 400  # as of any request that is not whole
            raise
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            route = route_of(scope)
            REQUESTS.labels(method, route, str(status)).inc()
            SECONDS.labels(method, route).observe(perf_counter() - began)


def route_of(scope: Scope) -> str:
    """The path with the names of its parameters for their values, so that there are no more labels than routes.

    A router leaves its route in the scope; what none has found is `none`.
    """
    if scope.get("route") is None or isinstance(scope["route"], Mount):
        return "none"
    path = f"{scope['path']}/"
    for name, value in scope.get("path_params", {}).items():
        named = path.replace(f"/{value}/", f"/{{{name}}}/", 1)
        if named == path:
            return "other"
        path = named
    return path[:-1]
