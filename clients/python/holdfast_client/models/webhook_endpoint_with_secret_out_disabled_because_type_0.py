from enum import StrEnum


class WebhookEndpointWithSecretOutDisabledBecauseType0(StrEnum):
    GONE = "gone"
    MARKETPLACE = "marketplace"

    def __str__(self) -> str:
        return str(self.value)
