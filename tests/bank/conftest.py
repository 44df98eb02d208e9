from __future__ import annotations

from tests.fixtures.bank import running_bank_fixture
from tests.fixtures.receiver import receiver_fixture
from tests.fixtures.saboteur import saboteur_fixture

__all__ = ["receiver_fixture", "running_bank_fixture", "saboteur_fixture"]
