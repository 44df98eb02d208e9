from enum import StrEnum


class WebhookOutStatus(StrEnum):
    NOTED = "noted"
    NOT_OURS = "not_ours"

    def __str__(self) -> str:
        return str(self.value)
