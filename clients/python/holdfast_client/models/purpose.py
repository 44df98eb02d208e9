from enum import StrEnum


class Purpose(StrEnum):
    GAS = "gas"
    SWEEP = "sweep"
    WITHDRAWAL = "withdrawal"

    def __str__(self) -> str:
        return str(self.value)
