"""Settings of a program that listens: trusted proxies and the number of open connections."""

from __future__ import annotations

import resource
from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings

from edge.addresses import is_loopback, networks
from edge.limits import CONNECTIONS, CONNECTIONS_OF_CALLER, Limits


class Listening(BaseSettings):
    """To be inherited; `listens_on` is where the program listens."""

    trusted_proxies: str | None = None
    """Comma-separated addresses and networks of proxies whose X-Forwarded-For and -Proto are trusted, or `none`.

    Empty: trusts none. A program that other machines can reach does not start without it.
    """
    connections: int = Field(default=CONNECTIONS, ge=10)
    """Open at a time; never more than three quarters of the files that the system allows the program."""
    connections_per_address: int = Field(default=CONNECTIONS_OF_CALLER, ge=1)
    """Per IPv4 address or IPv6 network of 64 bits; trusted proxies may have more."""

    @property
    def listens_on(self) -> str:
        raise NotImplementedError

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_networks(cls, value: str | None) -> str | None:
        if value is not None:
            networks(value)
        return value

    @model_validator(mode="after")
    def _proxies_are_named(self) -> Self:
        if self.trusted_proxies is None and not is_loopback(self.listens_on):
            prefix = self.model_config.get("env_prefix", "")
            raise ValueError(
                f"{prefix}TRUSTED_PROXIES is needed where others than this machine can reach the program: "
                "the addresses or networks of the proxies whose X-Forwarded-For is believed, or none"
            )
        return self

    @property
    def limits(self) -> Limits:
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = self.connections if files == resource.RLIM_INFINITY else min(self.connections, files * 3 // 4)
        return Limits(
            connections=most,
            of_caller=self.connections_per_address,
            proxies=tuple(networks(self.trusted_proxies)) if self.trusted_proxies else (),
        )
