from enum import StrEnum


class StuckOutWhat(StrEnum):
    ACCOUNT = "account"
    APPROVAL = "approval"
    DISPUTE = "dispute"
    FLAGGED = "flagged"
    FUNDS = "funds"
    PAYABLE = "payable"
    SUSPENSE = "suspense"
    UNBALANCED = "unbalanced"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return str(self.value)
