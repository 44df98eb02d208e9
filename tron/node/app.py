"""The node as an ASGI application: the protocol, and with `control` the faucet and the commands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from pydantic_core import from_json, to_json

from edge import documents, problem
from edge.stack_word import stack_header
from tron.node import control, pages
from tron.node.chain import Block, Chain
from tron.node.faults import Eyes
from tron.node.protocol import BROADCASTS, METHODS, Asked, is_visible
from tron.node.transactions import NotTaken

MOST_BYTES: Final = 2 * 1024 * 1024  # of a request: a transaction of the largest size in hex
_JSON: Final = "application/json"


def create_app(chain: Chain, *, controlled: bool = False, mines: bool = False) -> FastAPI:
    """Several nodes may serve one chain, each with faults of its own: `app.state.eyes.faults`."""
    app = FastAPI(title="TRON node", openapi_url=None, redirect_slashes=False, lifespan=_mining if mines else None)
    app.state.eyes = Eyes(chain)
    problem.install(app, max_body_bytes=MOST_BYTES)
    documents.install(app)
    app.add_api_route("/health", _well, methods=["GET"])
    app.add_api_route("/ready", _well, methods=["GET"])
    for network in METHODS:
        app.add_route(f"/{network}/{{method}}", _protocol, methods=["GET", "POST"])
    if controlled:
        app.include_router(control.router)
        app.include_router(pages.router)
    return app


async def _well() -> Response:
    return Response(to_json({"status": "ok"}), media_type=_JSON, headers=stack_header())


async def _protocol(request: Request) -> Response:
    eyes: Eyes = request.app.state.eyes
    network = request.url.path.split("/")[1]
    method = request.path_params["method"]
    answers = METHODS[network].get(method)
    if answers is None:
        return Response(status_code=404)
    body = await request.body()
    if (wrong := await _faulty(eyes)) is not None:
        return wrong
    solid = network == "walletsolidity"
    try:
        asked: Asked = from_json(body) if body.strip() else dict(request.query_params)
        content = _ready_receipts(eyes, asked, solid=solid) if method == "gettransactioninfobyblocknum" else None
        if content is None:
            content = to_json(answers(eyes, asked, solid))
    except NotTaken as refusal:
        content = to_json({"Error": f"class org.tron.core.exception.{refusal.code} : {refusal.message}"})
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        content = to_json({"Error": f"class java.lang.IllegalArgumentException : {type(error).__name__}"})
    if method in BROADCASTS and eyes.faults.lose_broadcast_answers:
        return Response(status_code=504)
    return Response(content, media_type=_JSON)


def _ready_receipts(eyes: Eyes, asked: Asked, *, solid: bool) -> bytes | None:
    """The receipts of a block that can no longer change are written once."""
    block: Block | None = eyes.block(int(asked.get("num", 0)), solid=solid)
    if block is None or is_visible(asked) or not eyes.tells_the_truth_about(block.number):
        return None
    if block.receipts is None:
        if block.number > eyes.chain.solid_number:
            return None
        block.receipts = to_json(eyes.receipts(block, visible=False))
    return block.receipts


async def _faulty(eyes: Eyes) -> Response | None:
    faults = eyes.faults
    if faults.slow_ms:
        await asyncio.sleep(faults.slow_ms / 1000)
    match faults.outage:
        case "unavailable":
            return Response(status_code=503)
        case "hang_up":
            return HangUp()
        case "nonsense":
            return Response("<html><body>It works!</body></html>", media_type="text/html")
    return None


class HangUp(Response):
    """Half an answer; the server then closes the connection."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b'{"bl'})


@asynccontextmanager
async def _mining(app: FastAPI) -> AsyncIterator[None]:
    chain: Chain = app.state.eyes.chain

    async def mine() -> None:
        while True:
            # At the clock's next whole interval, as the real chain's blocks come.
            await asyncio.sleep((chain.block_ms - chain.now_ms % chain.block_ms) / 1000)
            chain.mine(silent=app.state.eyes.faults.silent_transfers)

    mining = asyncio.create_task(mine())
    try:
        yield
    finally:
        mining.cancel()
