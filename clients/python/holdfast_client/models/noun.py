from enum import StrEnum


class Noun(StrEnum):
    ACCOUNT = "account"
    CORRECTION = "correction"
    DEAL = "deal"
    DEPOSIT = "deposit"
    DISPUTE = "dispute"
    HOLD = "hold"
    INCOMING_TRANSFER = "incoming_transfer"
    OFFER = "offer"
    PAYMENT = "payment"
    PAYMENT_REQUEST = "payment_request"
    REFUND = "refund"
    TOP_UP = "top_up"
    TRANSFER = "transfer"
    WITHDRAWAL = "withdrawal"

    def __str__(self) -> str:
        return str(self.value)
