from enum import StrEnum


class ServiceTermsInSettlement(StrEnum):
    HOLD = "hold"
    IMMEDIATE = "immediate"

    def __str__(self) -> str:
        return str(self.value)
