from enum import StrEnum


class WholeDisputeOutBy(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"

    def __str__(self) -> str:
        return str(self.value)
