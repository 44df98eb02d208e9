"""The signer behind `python -m signer.service`."""

from __future__ import annotations

import asyncio
import os
import resource
import sys

import structlog
import uvicorn

from edge import logs
from edge.connections import server_settings
from edge.headers import SafeHeaders
from edge.observed import observe
from edge.request_metrics import RequestMetrics
from edge.startup import WrongSettings, load
from signer.service import migrate
from signer.service.app import create_app
from signer.service.seeds import SEED_BYTES, make_seed, open_vault
from signer.service.settings import SignerSettings
from signer.service.vault import Vault

log = structlog.get_logger()


class SignerServer(uvicorn.Server):
    """`serve()` runs until SIGTERM or SIGINT, and finishes requests in progress."""

    def __init__(self, settings: SignerSettings, vault: Vault) -> None:
        super().__init__(
            uvicorn.Config(
                logs.RequestLogs(RequestMetrics(SafeHeaders(create_app(settings, vault)))),
                host=settings.host,
                port=settings.port,
                access_log=False,
                timeout_graceful_shutdown=settings.stop_within_s,
                timeout_keep_alive=75,  # above the clients' own, so that a request never meets a closing connection
                server_header=False,
                log_config=None,  # the program's logs have one pipeline
                **server_settings(settings.limits),
            )
        )


def main(arguments: list[str]) -> int:
    observe("signer")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the seed
    settings = load(SignerSettings)
    match arguments:
        case []:
            vault = asyncio.run(open_vault(settings.database_url, _passphrase(settings)))
            log.info("signer_ready", main=vault.main, pid=os.getpid())
            SignerServer(settings, vault).run()
            return 0
        case ["migrate"]:
            migrate(_owner_url(settings), settings.database_app_role)
            return 0
        case ["make-seed"]:
            return _make_seed(settings, None)
        case ["make-seed", "-"]:
            return _make_seed(settings, _given(sys.stdin.readline()))
    sys.stderr.write("usage: python -m signer.service [migrate | make-seed [-]]; with - the seed is read, in hex\n")
    return 2


def _make_seed(settings: SignerSettings, seed: bytes | None) -> int:
    made = asyncio.run(make_seed(_owner_url(settings), _passphrase(settings), seed=seed))
    sys.stderr.write(f"{'made a seed' if made.new else 'there is a seed'}; main wallet: {made.main}\n")
    return 0


def _given(line: str) -> bytes:
    try:
        seed = bytes.fromhex(line.strip())
    except ValueError:
        seed = b""
    if not SEED_BYTES <= len(seed) <= 64:  # BIP 32
        raise WrongSettings("the seed has 32 to 64 bytes, in hex")
    return seed


def _owner_url(settings: SignerSettings) -> str:
    if settings.database_owner_url is None:
        raise WrongSettings("HOLDFAST_SIGNER_DATABASE_OWNER_URL is needed for this")
    return settings.database_owner_url


def _passphrase(settings: SignerSettings) -> bytes:
    try:
        return settings.read_passphrase()
    except ValueError as why:
        raise WrongSettings(str(why)) from None
