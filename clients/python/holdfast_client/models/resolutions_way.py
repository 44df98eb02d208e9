from enum import StrEnum


class ResolutionsWay(StrEnum):
    ASSIGN = "assign"
    DISMISS = "dismiss"
    RETURN = "return"

    def __str__(self) -> str:
        return str(self.value)
