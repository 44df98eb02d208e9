from enum import StrEnum


class SubmitCodeLateProblemCode(StrEnum):
    DEADLINE_PASSED = "deadline_passed"
    DEAL_CLOSED = "deal_closed"

    def __str__(self) -> str:
        return str(self.value)
