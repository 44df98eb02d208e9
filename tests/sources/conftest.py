from __future__ import annotations

from tests.fixtures.receiver import receiver_fixture

__all__ = ["receiver_fixture"]
