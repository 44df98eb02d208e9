from enum import StrEnum


class Ruling(StrEnum):
    REFUND = "refund"
    RELEASE = "release"
    SPLIT = "split"

    def __str__(self) -> str:
        return str(self.value)
