from enum import StrEnum


class FeedActorOutType(StrEnum):
    MARKETPLACE = "marketplace"
    OPERATOR = "operator"
    SYSTEM = "system"
    USER = "user"

    def __str__(self) -> str:
        return str(self.value)
