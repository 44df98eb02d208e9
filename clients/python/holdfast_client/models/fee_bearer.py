from enum import StrEnum


class FeeBearer(StrEnum):
    PAYER = "payer"
    RETURNED = "returned"

    def __str__(self) -> str:
        return str(self.value)
