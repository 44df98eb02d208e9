from enum import StrEnum


class FeesInDeadline(StrEnum):
    PAYER = "payer"
    RETURNED = "returned"

    def __str__(self) -> str:
        return str(self.value)
