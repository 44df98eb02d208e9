from enum import StrEnum


class IncomingState(StrEnum):
    ASSIGNED = "assigned"
    CREDITED = "credited"
    DISMISSED = "dismissed"
    HELD_BACK = "held_back"
    RETURNED = "returned"
    UNMATCHED = "unmatched"

    def __str__(self) -> str:
        return str(self.value)
