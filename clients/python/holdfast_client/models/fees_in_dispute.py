from enum import StrEnum


class FeesInDispute(StrEnum):
    PAYER = "payer"
    RETURNED = "returned"

    def __str__(self) -> str:
        return str(self.value)
