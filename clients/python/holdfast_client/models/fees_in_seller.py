from enum import StrEnum


class FeesInSeller(StrEnum):
    PAYER = "payer"
    RETURNED = "returned"

    def __str__(self) -> str:
        return str(self.value)
