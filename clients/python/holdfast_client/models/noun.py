from enum import StrEnum


class Noun(StrEnum):
    DEAL = "deal"
    DISPUTE = "dispute"
    OFFER = "offer"
    PAYMENT = "payment"
    PAYMENT_REQUEST = "payment_request"
    REFUND = "refund"
    TOP_UP = "top_up"
    WITHDRAWAL = "withdrawal"

    def __str__(self) -> str:
        return str(self.value)
