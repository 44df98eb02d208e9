from __future__ import annotations

from tests.fixtures.bank import running_bank_fixture
from tests.fixtures.saboteur import saboteur_fixture

__all__ = ["running_bank_fixture", "saboteur_fixture"]
