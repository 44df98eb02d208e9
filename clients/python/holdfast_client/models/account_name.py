from enum import StrEnum


class AccountName(StrEnum):
    GAS = "gas"
    MAIN = "main"

    def __str__(self) -> str:
        return str(self.value)
