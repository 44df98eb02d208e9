from enum import StrEnum


class DealNowOutClosedReasonType0(StrEnum):
    CANCELLED = "cancelled"
    DEADLINE = "deadline"
    DENIED = "denied"
    DISPUTE = "dispute"

    def __str__(self) -> str:
        return str(self.value)
