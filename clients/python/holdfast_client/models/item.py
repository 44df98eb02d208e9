from enum import StrEnum


class Item(StrEnum):
    COMMISSION = "commission"
    HELD = "held"
    PAID_OUT = "paid_out"
    REFUNDED = "refunded"
    TAKEN = "taken"

    def __str__(self) -> str:
        return str(self.value)
