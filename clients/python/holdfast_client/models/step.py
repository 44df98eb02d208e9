from enum import StrEnum


class Step(StrEnum):
    CAPTURE = "capture"
    COMMISSION = "commission"
    CREDIT = "credit"
    REFUND = "refund"
    REST = "rest"
    VOID = "void"

    def __str__(self) -> str:
        return str(self.value)
