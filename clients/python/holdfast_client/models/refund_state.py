from enum import StrEnum


class RefundState(StrEnum):
    REFUNDED = "refunded"
    RETURNING = "returning"

    def __str__(self) -> str:
        return str(self.value)
