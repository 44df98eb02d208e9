"""Decrypts for the Temporal UI what our programs have encrypted: `python -m codec`.

POST /decode    a `Payloads` message as JSON, answered with its payloads decrypted
GET /health  GET /ready

The UI calls it from its reader's browser: pages of the UI's own origin are answered, and no others. A caller can read
all that workflows hold, so it belongs in the same network, and behind the same log-in, as the UI.
"""

from __future__ import annotations

import asyncio
import signal
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import structlog
import uvloop
from fastapi import FastAPI, Request
from fastapi.responses import Response
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict
from starlette.middleware.cors import CORSMiddleware
from temporalio.api.common.v1 import Payloads

from domain.errors import Malformed
from edge import problem
from edge.listening import Listening
from edge.observed import observe
from edge.sealing import SealBroken
from edge.serving import serving
from edge.startup import complain, leave, load
from encryption import Encryption
from settings import keys_of

log = structlog.get_logger()

MAX_BYTES: Final = 4 * 1024 * 1024  # what Temporal takes in one message


class CodecSettings(Listening):
    """Of this program alone; the keys are those of the market's programs."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_", extra="ignore", frozen=True)

    payload_keys: SecretStr = Field(min_length=1)
    """As in `settings.py`: a key stays here as long as Temporal keeps a history that it has encrypted."""
    temporal_ui_url: str = Field(pattern=r"^https?://[^\s?#]+$")
    """Pages of its origin may ask."""
    codec_host: str = "127.0.0.1"
    codec_port: int = 8400

    @field_validator("payload_keys")
    @classmethod
    def _keys_are_32_bytes(cls, value: SecretStr) -> SecretStr:
        keys_of(value)
        return value

    @property
    def listens_on(self) -> str:
        return self.codec_host

    @property
    def ui_origin(self) -> str:
        address = urlsplit(self.temporal_ui_url)
        return f"{address.scheme}://{address.netloc}"


async def decoded(encryption: Encryption, request: Request) -> Response:
    """The payloads of the body, decrypted. Raises `Malformed`."""
    try:
        given = Parse(await request.body(), Payloads())
        opened = await encryption.decode(given.payloads)
    except (ParseError, UnicodeDecodeError):
        raise Malformed("malformed_json", "The body is not a Payloads message in JSON.") from None
    except SealBroken:
        raise Malformed("invalid_field", "A payload is encrypted with a key that is not here.", "payloads") from None
    return Response(MessageToJson(Payloads(payloads=opened)), media_type="application/json")


async def _well() -> dict[str, str]:
    return {"status": "ok"}


def create_app(settings: CodecSettings) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    problem.install(app, max_body_bytes=MAX_BYTES)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[settings.ui_origin],
        allow_methods=["POST"],
        allow_headers=["authorization", "content-type", "x-namespace"],
        allow_credentials=True,  # of a log-in before it
    )
    app.add_route("/decode", partial(decoded, Encryption(keys_of(settings.payload_keys))), methods=["POST"])
    for path in ("/health", "/ready"):
        app.add_api_route(path, _well)
    return app


async def main(settings: CodecSettings) -> None:
    """Runs until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    app = create_app(settings)
    async with serving(app, settings.codec_host, settings.codec_port, limits=settings.limits) as address:
        log.info("codec_ready", address=address)
        await stop.wait()


if __name__ == "__main__":
    observe("codec")
    try:
        uvloop.run(main(load(CodecSettings)))
    except Exception as error:  # noqa: BLE001 # every failure is reported, and the process ends
        leave(complain("codec", error))
    leave(0)
