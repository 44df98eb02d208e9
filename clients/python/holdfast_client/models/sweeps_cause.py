from enum import StrEnum


class SweepsCause(StrEnum):
    AGE = "age"
    COUNT = "count"
    VALUE = "value"

    def __str__(self) -> str:
        return str(self.value)
