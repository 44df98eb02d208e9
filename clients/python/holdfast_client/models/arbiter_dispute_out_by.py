from enum import StrEnum


class ArbiterDisputeOutBy(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"

    def __str__(self) -> str:
        return str(self.value)
