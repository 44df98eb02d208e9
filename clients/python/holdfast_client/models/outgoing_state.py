from enum import StrEnum


class OutgoingState(StrEnum):
    DONE = "done"
    DROPPED = "dropped"
    FAILED = "failed"
    ORDERED = "ordered"
    PREPARED = "prepared"
    REFUSED = "refused"
    SENT = "sent"
    SIGNED = "signed"

    def __str__(self) -> str:
        return str(self.value)
