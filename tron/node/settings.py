"""Settings of the node, from environment variables `HOLDFAST_TRON_NODE_…`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from edge.listening import Listening


class NodeSettings(Listening):
    model_config = SettingsConfigDict(env_prefix="HOLDFAST_TRON_NODE_", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = 8300
    file: Path | None = None
    """Where the chain is kept between runs; without it each run begins a new one."""
    control: bool = False
    """Whether there are the faucet and `control/…`: anybody who reaches the port then moves the chain."""
    mines: bool = True
    """Make a block every `block_ms`; otherwise only on command."""
    block_ms: int = Field(default=3_000, ge=1)
    solid_after: int = Field(default=19, ge=0)
    """How many newer blocks make one final."""

    @property
    def listens_on(self) -> str:
        return self.host
