from enum import StrEnum


class PaymentState(StrEnum):
    AWAITING_CODE = "awaiting_code"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    EXPIRED = "expired"
    FAILED = "failed"
    HELD = "held"
    KEPT = "kept"
    OPENING = "opening"
    PAYABLE = "payable"
    PROCESSING = "processing"
    REFUNDED = "refunded"
    RELEASING = "releasing"
    RETURNING = "returning"

    def __str__(self) -> str:
        return str(self.value)
