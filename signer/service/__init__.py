"""The signer: a program of its own, with a database of its own, that signs what its rules allow."""

from __future__ import annotations

from signer.service.migrate import is_current, migrate

__all__ = ["is_current", "migrate"]
