from enum import StrEnum


class DealState(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    DENIED = "denied"
    DISPUTED = "disputed"
    EXPIRED = "expired"
    FUNDED = "funded"
    LAPSED = "lapsed"
    PARTIALLY_PAID = "partially_paid"
    PROPOSED = "proposed"
    REFUNDED = "refunded"
    SETTLING = "settling"
    SPLIT = "split"

    def __str__(self) -> str:
        return str(self.value)
