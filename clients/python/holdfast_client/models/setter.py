from enum import StrEnum


class Setter(StrEnum):
    BUYER = "buyer"
    OPERATOR = "operator"
    SELLER = "seller"

    def __str__(self) -> str:
        return str(self.value)
