from enum import StrEnum


class BankClientState(StrEnum):
    DISABLED = "disabled"
    DRAINING = "draining"
    ENABLED = "enabled"

    def __str__(self) -> str:
        return str(self.value)
