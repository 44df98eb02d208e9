from enum import StrEnum


class Kind(StrEnum):
    CAPTURE = "capture"
    CORRECTION = "correction"
    DEAL = "deal"
    DEPOSIT = "deposit"
    HOLD = "hold"
    REQUEST = "request"
    RETURN = "return"
    TOP_UP = "top_up"
    TRANSFER = "transfer"
    VOID = "void"
    WITHDRAWAL = "withdrawal"

    def __str__(self) -> str:
        return str(self.value)
