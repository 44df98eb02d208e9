from enum import StrEnum


class FeesInBuyer(StrEnum):
    PAYER = "payer"
    RETURNED = "returned"

    def __str__(self) -> str:
        return str(self.value)
