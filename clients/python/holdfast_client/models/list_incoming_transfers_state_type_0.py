from enum import StrEnum


class ListIncomingTransfersStateType0(StrEnum):
    HELD_BACK = "held_back"
    UNMATCHED = "unmatched"

    def __str__(self) -> str:
        return str(self.value)
