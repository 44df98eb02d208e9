from enum import StrEnum


class CorrectionState(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"
    REQUESTED = "requested"
    WITHDRAWN = "withdrawn"

    def __str__(self) -> str:
        return str(self.value)
