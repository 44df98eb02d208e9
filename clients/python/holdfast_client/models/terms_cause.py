from enum import StrEnum


class TermsCause(StrEnum):
    BUYER = "buyer"
    DEADLINE = "deadline"
    DISPUTE = "dispute"
    SELLER = "seller"

    def __str__(self) -> str:
        return str(self.value)
