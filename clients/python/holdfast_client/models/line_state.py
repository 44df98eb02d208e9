from enum import StrEnum


class LineState(StrEnum):
    DONE = "done"
    FAILED = "failed"
    GAS = "gas"
    TRANSFERRING = "transferring"
    WAITING = "waiting"

    def __str__(self) -> str:
        return str(self.value)
