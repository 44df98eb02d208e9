"""Settings of the signer, from environment variables `HOLDFAST_SIGNER_…`; secrets have no default."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from edge.listening import Listening
from signer.service.rules import Limits
from signer.service.transactions import SUN, TOKEN_UNIT, is_address

_KEY: Final = re.compile(r"[\x21-\x2b\x2d-\x7e]{32,}", re.ASCII)
SHORTEST_PASSPHRASE: Final = 16


class SignerSettings(Listening):
    """The signer's settings. Built once in `main` and passed on. Amounts are in whole TRX and whole tokens."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_SIGNER_", extra="ignore", frozen=True)

    database_url: str
    """postgresql+asyncpg://… of the application's role."""
    database_owner_url: str | None = None
    """The same database as its owner; only migrating and making the seed need it."""
    database_app_role: str = "signer_app"
    database_pool_size: int = Field(default=5, ge=1)
    keys: SecretStr
    """Comma-separated keys of callers, each of 32 characters or more; two while one replaces the other."""
    passphrase: SecretStr | None = None
    """Opens the seed; 16 characters or more. Either this or `passphrase_file`."""
    passphrase_file: Path | None = None
    token_contract: str
    """The address of the token's contract: the only contract that is ever called."""
    gas_most_trx: int = Field(default=100, ge=0)
    """The most that one transaction may give to an address. One address of a sweep takes some 8 to 15 TRX."""
    gas_most_trx_per_day: int = Field(default=5_000, ge=0)
    withdrawal_most: int = Field(default=10_000, ge=0)
    withdrawal_most_per_day: int = Field(default=50_000, ge=0)
    """In any 24 hours, by the clock of the signer's database. Bounds the loss when the market is taken over."""
    fee_most_trx: int = Field(default=100, ge=1)
    """What a transaction may let the network take for its energy."""
    expires_within_s: int = Field(default=3_600, ge=60, le=86_400)
    """How far ahead a transaction may expire. What was signed can be sent until then."""
    host: str = "127.0.0.1"
    port: int = 8200
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    """Where Prometheus reads the signer's metrics, on a listener of its own for a network of yours."""
    stop_within_s: int = Field(default=10, ge=1)
    """How long requests in progress may take to finish after SIGTERM."""

    @field_validator("keys")
    @classmethod
    def _keys_are_long(cls, value: SecretStr) -> SecretStr:
        if not all(_KEY.fullmatch(key) for key in value.get_secret_value().split(",")):
            raise ValueError("each key has 32 visible characters or more")
        return value

    @field_validator("token_contract")
    @classmethod
    def _contract_is_an_address(cls, value: str) -> str:
        if not is_address(value):
            raise ValueError("an address on TRON, in Base58Check")
        return value

    @model_validator(mode="after")
    def _one_passphrase(self) -> Self:
        if (self.passphrase is None) == (self.passphrase_file is None):
            raise ValueError("HOLDFAST_SIGNER_PASSPHRASE or HOLDFAST_SIGNER_PASSPHRASE_FILE is needed, not both")
        return self

    @property
    def listens_on(self) -> str:
        return self.host

    @cached_property
    def key_list(self) -> list[str]:
        return self.keys.get_secret_value().split(",")

    def read_passphrase(self) -> bytes:
        """Raises ValueError when it is too short, OSError for a file that cannot be read."""
        if self.passphrase_file is not None:
            found = self.passphrase_file.read_text().strip()
        else:
            assert self.passphrase is not None
            found = self.passphrase.get_secret_value()
        if len(found) < SHORTEST_PASSPHRASE:
            raise ValueError(f"the passphrase has fewer than {SHORTEST_PASSPHRASE} characters")
        return found.encode()

    @cached_property
    def signing(self) -> Limits:
        return Limits(
            gas_minor=self.gas_most_trx * SUN,
            gas_minor_per_day=self.gas_most_trx_per_day * SUN,
            withdrawal_minor=self.withdrawal_most * TOKEN_UNIT,
            withdrawal_minor_per_day=self.withdrawal_most_per_day * TOKEN_UNIT,
            fee_sun=self.fee_most_trx * SUN,
            expires_within=timedelta(seconds=self.expires_within_s),
        )
