from enum import StrEnum


class ContractState(StrEnum):
    ACTIVE = "active"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    DENIED = "denied"
    ENDED = "ended"
    LAPSED = "lapsed"
    PROPOSED = "proposed"

    def __str__(self) -> str:
        return str(self.value)
