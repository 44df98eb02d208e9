from enum import StrEnum


class EntryKind(StrEnum):
    EVIDENCE = "evidence"
    OFFER = "offer"
    OFFER_ACCEPTED = "offer_accepted"
    OFFER_WITHDRAWN = "offer_withdrawn"
    PART_RELEASED = "part_released"
    STATEMENT = "statement"

    def __str__(self) -> str:
        return str(self.value)
