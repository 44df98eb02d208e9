"""The conformance kit: what every bank adapter must do. docs/conformance.md is its guide."""

from __future__ import annotations

from tests.conformance import codes, keys, money
from tests.conformance.adapter import Adapter, Books, Client
from tests.conformance.kit import CASES, Case

__all__ = ["CASES", "Adapter", "Books", "Case", "Client", "codes", "keys", "money"]
