"""Shared by requests: one object, built once per program; and who may call."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from domain.errors import Unauthenticated
from edge.database import Database
from signer.service.rules import Limits
from signer.service.settings import SignerSettings
from signer.service.vault import Vault

_BEARER = HTTPBearer(auto_error=False, description="A key of the signer.")


@dataclass(frozen=True, slots=True)
class Services:
    database: Database
    vault: Vault
    contract: str
    limits: Limits
    metrics: tuple[str, int | None]
    """Where Prometheus reads; without a port nowhere."""
    digests: Sequence[bytes]
    """Of the keys of callers."""


def build_services(settings: SignerSettings, vault: Vault) -> Services:
    return Services(
        database=Database(settings.database_url, pool_size=settings.database_pool_size),
        vault=vault,
        contract=settings.token_contract,
        limits=settings.signing,
        metrics=(settings.metrics_host, settings.metrics_port),
        digests=[_digest(key) for key in settings.key_list],
    )


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesOfApp = Annotated[Services, Depends(_services)]


async def require_key(
    services: ServicesOfApp, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> None:
    """A dependency: the caller has one of the keys. Raises `Unauthenticated`."""
    if credentials is None:
        raise Unauthenticated("no_api_key", "An API key is needed: Authorization: Bearer …")
    given = _digest(credentials.credentials)
    matches = [hmac.compare_digest(given, digest) for digest in services.digests]  # every one is compared
    if True not in matches:
        raise Unauthenticated("bad_api_key", "The API key is not valid.")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
