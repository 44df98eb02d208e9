from enum import StrEnum


class TopUpState(StrEnum):
    CONFIRMED = "confirmed"
    CREDITED = "credited"
    EXPIRED = "expired"
    FAILED = "failed"
    LATE = "late"
    OVERPAID = "overpaid"
    PARTIALLY_RECEIVED = "partially_received"
    SEEN = "seen"
    UNDERPAID = "underpaid"
    WAITING = "waiting"

    def __str__(self) -> str:
        return str(self.value)
