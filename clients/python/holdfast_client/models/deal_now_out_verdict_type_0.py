from enum import StrEnum


class DealNowOutVerdictType0(StrEnum):
    FUNDED = "funded"
    NOT_FUNDED = "not_funded"

    def __str__(self) -> str:
        return str(self.value)
