from enum import StrEnum


class ResolutionState(StrEnum):
    ASSIGNED = "assigned"
    DISMISSED = "dismissed"
    REFUSED = "refused"
    REJECTED = "rejected"
    REQUESTED = "requested"
    RETURNED = "returned"
    RETURNING = "returning"
    WITHDRAWN = "withdrawn"

    def __str__(self) -> str:
        return str(self.value)
