from enum import StrEnum


class TermsInSettlement(StrEnum):
    HOLD = "hold"
    IMMEDIATE = "immediate"

    def __str__(self) -> str:
        return str(self.value)
