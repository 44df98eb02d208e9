"""Settings of the bank, from environment variables `HOLDFAST_BANK_…`; secrets have no default."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from functools import cached_property
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from bank.service.acts.code_limits import CodeLimits
from bank.service.values import Turn
from edge.listening import Listening
from edge.outward import host_and_port
from edge.sms import check_address


def sealing_key(pepper: bytes) -> bytes:
    """Seals codes that await their mail, and signing secrets of webhooks."""
    return hmac.new(pepper, b"sealing", hashlib.sha256).digest()


class BankSettings(Listening):
    """The bank's settings. Built once in `main` and passed on."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_BANK_", extra="ignore", frozen=True)

    database_url: str
    """postgresql+asyncpg://… of the application's role."""
    database_owner_url: str | None = None
    """The same database as its owner; only migrating needs it."""
    database_app_role: str = "holdfast_app"
    database_pool_size: int = Field(default=10, ge=1)
    pepper: SecretStr = Field(min_length=16)
    """Keys the hashes of API keys, codes and requests; what seals codes and signing secrets is derived from it."""
    smtp_url: str
    smtp_timeout_s: float = Field(default=10.0, gt=0)
    sender: str = "Bank <bank@example.test>"
    code_ttl_s: int = Field(default=600, ge=1)
    """How long a code can be used, by its submission time."""
    code_pause_s: int = Field(default=30, ge=0)
    """Pause before another code can be requested."""
    code_limit_window_s: int = Field(default=600, ge=1)
    """Wrong codes are counted in windows of this length."""
    code_limit_per_account: int = Field(default=30, ge=1)
    """How many codes of one marketplace about one account may be wrong in a window."""
    code_limit_per_caller: int = Field(default=3_000, ge=1)
    """How many of one marketplace; far above the previous, so that guesses about one account do not stop the others."""
    code_limit_overall: int = Field(default=30_000, ge=1)
    """How many of all marketplaces together; far above the previous, so that no single one can lock out the others."""
    codes_sent_window_s: int = Field(default=3_600, ge=1)
    codes_sent_per_account: int = Field(default=30, ge=1)
    """How many codes for payments go to the owner of one account in this window, from all callers."""
    codes_asked_per_account: int = Field(default=10, ge=1)
    """How many other codes: to see the account, or to confirm its owner. Anybody may request them, so they do not use
    up the codes for payments.
    """
    funds_window_s: int = Field(default=3_600, ge=1)
    funds_checks_per_account: int = Field(default=10, ge=1)
    """How often one marketplace learns in this window whether one account has enough, without its owner's consent."""
    access_window_s: int = Field(default=3_600, ge=60)
    """In this time the owner of an account gets at most three codes from one marketplace that wants to see it."""
    access_token_ttl_s: int = Field(default=900, ge=60, le=86_400)
    """How long a confirmed code lets the marketplace see the account."""
    sms_url: str | None = None
    """The SMS gateway (https, or http to this machine); without it codes go only by e-mail."""
    sms_token: SecretStr | None = None
    """Needed with `sms_url`: authenticates us at the gateway."""
    sms_sender: str = "Bank"
    sms_timeout_s: float = Field(default=5.0, gt=0, le=15)
    first_bank_id: int = Field(default=1, ge=1, le=999)
    """Where the ids of new banks begin. Bank programs of one market must not share ids."""
    faults: bool = False
    """Whether administrators may make banks misbehave (`PUT /banks/{id}/behaviour`): only for testing callers."""
    test_account_delay_s: float = Field(default=600.0, ge=0, le=86_400)
    """How long the slow test accounts take. Only a bank with `faults` has test accounts."""
    mail_wait_s: float = Field(default=1.0, ge=0)
    """How long the answer to a request for a code waits for its mail to be handed over; the mail goes out anyway."""
    webhook_hosts: str = ""
    """Comma-separated `host:port` that may be called by http and at private addresses; all others: https, public.

    Without a port it is the usual one of http or https; `host:*` is any.
    """
    webhook_timeout_s: float = Field(default=10.0, gt=0, lt=20.0)
    """A whole webhook. Below the lease that keeps it from being delivered twice at once."""
    host: str = "127.0.0.1"
    port: int = 8100
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    """Where Prometheus reads the bank's metrics, on a listener of its own for a network of yours."""
    stop_within_s: int = Field(default=10, ge=1)
    """How long requests in progress may take to finish after SIGTERM."""

    @field_validator("webhook_hosts")
    @classmethod
    def _hosts_are_hosts(cls, value: str) -> str:
        for name in value.split(","):
            if name.strip():
                host_and_port(name.strip())
        return value

    @model_validator(mode="after")
    def _gateway_is_whole(self) -> Self:
        if self.sms_url is not None:
            check_address(self.sms_url)
            if self.sms_token is None:
                raise ValueError("the SMS gateway needs a token")
        return self

    @property
    def listens_on(self) -> str:
        return self.host

    @cached_property
    def pepper_bytes(self) -> bytes:
        return self.pepper.get_secret_value().encode()

    @cached_property
    def sealing_key(self) -> bytes:
        return sealing_key(self.pepper_bytes)

    @property
    def webhook_host_names(self) -> list[str]:
        return [name.strip() for name in self.webhook_hosts.split(",") if name.strip()]

    @property
    def code_ttl(self) -> timedelta:
        return timedelta(seconds=self.code_ttl_s)

    @property
    def code_pause(self) -> timedelta:
        return timedelta(seconds=self.code_pause_s)

    @property
    def code_limits(self) -> CodeLimits:
        most = (self.code_limit_per_account, self.code_limit_per_caller, self.code_limit_overall)
        return CodeLimits(self.code_limit_window_s, *most)

    @property
    def codes_sent(self) -> Turn:
        return Turn("sent", self.codes_sent_window_s, self.codes_sent_per_account, own=False)

    @property
    def codes_asked(self) -> Turn:
        return Turn("asked", self.codes_sent_window_s, self.codes_asked_per_account, own=False)

    @property
    def funds_checks(self) -> Turn:
        return Turn("funds", self.funds_window_s, self.funds_checks_per_account, own=True)
