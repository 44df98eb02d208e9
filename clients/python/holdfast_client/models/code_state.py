from enum import StrEnum


class CodeState(StrEnum):
    REFUSED = "refused"
    REQUESTED = "requested"
    SENT = "sent"

    def __str__(self) -> str:
        return str(self.value)
