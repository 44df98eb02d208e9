"""Deposit sources: payment systems and banks, each with a separate key from the settings."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.dependencies import ServicesOfApp
from domain.errors import Forbidden, Unauthenticated


@dataclass(frozen=True, slots=True)
class DepositSource:
    """`name` is in the ledger: money of this source comes from separate accounts."""

    name: str

    @property
    def caller(self) -> str:
        return f"deposit-source/{self.name}"


_BEARER = HTTPBearer(auto_error=False, description="The key of a payment system or of a sending bank.")


async def _source(
    services: ServicesOfApp, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> DepositSource:
    if credentials is None:
        raise Unauthenticated("no_api_key", "An API key is needed: Authorization: Bearer …")
    given = credentials.credentials.encode()
    # All are compared, so that the time taken reveals nothing.
    same = [name for name, key in services.settings.deposit_sources if hmac.compare_digest(key.encode(), given)]
    if same:
        return DepositSource(same[0])
    await services.authentication.key(credentials.credentials)
    raise Forbidden("deposit_key_needed", "Deposits are reported by a payment system or a bank, with its own key.")


Source = Annotated[DepositSource, Depends(_source)]
