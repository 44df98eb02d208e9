from enum import StrEnum


class OverrideState(StrEnum):
    APPROVED = "approved"
    CONTRADICTED = "contradicted"
    DONE = "done"
    IN_FORCE = "in_force"
    PROPOSED = "proposed"
    REJECTED = "rejected"

    def __str__(self) -> str:
        return str(self.value)
