from enum import StrEnum


class StepState(StrEnum):
    DONE = "done"
    PLANNED = "planned"
    REFUSED = "refused"

    def __str__(self) -> str:
        return str(self.value)
