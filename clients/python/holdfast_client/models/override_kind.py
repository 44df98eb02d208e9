from enum import StrEnum


class OverrideKind(StrEnum):
    ASK = "ask"
    EXTEND = "extend"
    FORCE = "force"
    REFUND = "refund"
    RELEASE = "release"
    SPLIT = "split"

    def __str__(self) -> str:
        return str(self.value)
