from enum import StrEnum


class AttemptState(StrEnum):
    HELD = "held"
    LATE = "late"
    REFUSED = "refused"
    REJECTED = "rejected"
    UNRESOLVED = "unresolved"

    def __str__(self) -> str:
        return str(self.value)
