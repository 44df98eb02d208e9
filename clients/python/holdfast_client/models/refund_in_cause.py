from enum import StrEnum


class RefundInCause(StrEnum):
    BUYER = "buyer"
    DISPUTE = "dispute"
    SELLER = "seller"

    def __str__(self) -> str:
        return str(self.value)
