from enum import StrEnum


class WebhookDataStatus(StrEnum):
    DONE = "done"
    FUNDED = "funded"
    REFUSED = "refused"
    RETURNED = "returned"

    def __str__(self) -> str:
        return str(self.value)
