from enum import StrEnum


class PaymentRequestOutState(StrEnum):
    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"

    def __str__(self) -> str:
        return str(self.value)
