"""Fixtures of the node's tests."""

from __future__ import annotations

from tests.fixtures.tron import tron

__all__ = ["tron"]
