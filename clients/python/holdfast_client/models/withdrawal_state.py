from enum import StrEnum


class WithdrawalState(StrEnum):
    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_CODE = "awaiting_code"
    AWAITING_FUNDS = "awaiting_funds"
    CANCELLED = "cancelled"
    DONE = "done"
    EXPIRED = "expired"
    PAID = "paid"
    PAYING = "paying"
    REFUSED = "refused"
    RETURNED = "returned"

    def __str__(self) -> str:
        return str(self.value)
