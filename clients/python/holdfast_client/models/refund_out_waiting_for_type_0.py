from enum import StrEnum


class RefundOutWaitingForType0(StrEnum):
    ACCOUNT = "account"
    FUNDS = "funds"

    def __str__(self) -> str:
        return str(self.value)
