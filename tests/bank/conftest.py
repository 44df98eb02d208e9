from __future__ import annotations

from tests.fixtures.bank import running_bank_fixture

__all__ = ["running_bank_fixture"]
