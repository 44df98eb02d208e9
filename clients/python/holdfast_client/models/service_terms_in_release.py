from enum import StrEnum


class ServiceTermsInRelease(StrEnum):
    ON_ACCEPTANCE = "on_acceptance"
    ON_FUNDING = "on_funding"

    def __str__(self) -> str:
        return str(self.value)
