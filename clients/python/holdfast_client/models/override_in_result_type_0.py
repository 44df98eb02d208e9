from enum import StrEnum


class OverrideInResultType0(StrEnum):
    DONE = "done"
    REFUSED = "refused"

    def __str__(self) -> str:
        return str(self.value)
