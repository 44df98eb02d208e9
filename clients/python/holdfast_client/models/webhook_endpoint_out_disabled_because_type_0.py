from enum import StrEnum


class WebhookEndpointOutDisabledBecauseType0(StrEnum):
    GONE = "gone"
    MARKETPLACE = "marketplace"

    def __str__(self) -> str:
        return str(self.value)
