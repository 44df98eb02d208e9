from enum import StrEnum


class DisputeState(StrEnum):
    DECIDED = "decided"
    OPEN = "open"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"

    def __str__(self) -> str:
        return str(self.value)
