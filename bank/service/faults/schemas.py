from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from bank.service.faults.accounts import numbers_of
from bank.service.models import Behaviour
from bank.service.rules.accounts import bank_named_in
from edge.wire import MAX_INTEGER, Email, Wire

WriteName = Literal[
    "open",
    "code",
    "confirm",
    "debit",
    "pay",
    "capture",
    "void",
    "credit",
    "refund",
    "payout",
    "remittance",
    "return",
    "access_code",
    "access_token",
    "ownership_code",
    "ownership",
]
# `ask`: a question about a request or an operation; only rules that name it apply there.
StepName = WriteName | Literal["ask"]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Times = Annotated[int, Field(ge=0, le=1_000_000)]
RefusalCode = Literal[
    "account_closed",
    "currency_mismatch",
    "exceeds_source",
    "fee_changed",
    "insufficient_funds",
    "not_captured",
    "not_held",
    "operation_ended",
    "same_account",
    "too_many_codes",
    "unknown_account",
]


class Constant(Wire):
    kind: Literal["constant"]
    seconds: Seconds


class Uniform(Wire):
    kind: Literal["uniform"]
    low_s: Seconds
    high_s: Seconds

    @model_validator(mode="after")
    def _in_order(self) -> Uniform:
        if self.high_s < self.low_s:
            raise ValueError("high_s is at least low_s")
        return self


class Exponential(Wire):
    kind: Literal["exponential"]
    mean_s: Seconds
    cap_s: Seconds


class Lognormal(Wire):
    kind: Literal["lognormal"]
    median_s: Seconds
    sigma: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
    cap_s: Seconds


class _Rule(Wire):
    """At which steps (none named: all), how many times (null: always) and how often a rule applies."""

    steps: Annotated[list[StepName], Field(max_length=32, default_factory=list)]
    times: Times | None = None
    """How many times still."""
    probability: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 1.0


class Delay(_Rule):
    """Waits before the work."""

    do: Literal["delay"]
    delay: Annotated[Constant | Uniform | Exponential | Lognormal, Field(discriminator="kind")]


class Busy(_Rule):
    """429 with Retry-After before any work."""

    do: Literal["busy"]
    retry_after_s: Annotated[int, Field(ge=0, le=86_400)] = 1


class Refuse(_Rule):
    """A final refusal instead of the work, stored under the key like any answer."""

    steps: Annotated[list[WriteName], Field(max_length=32, default_factory=list)]  # type: ignore[assignment]  # narrower than the rule's own
    do: Literal["refuse"]
    code: RefusalCode


class Fail(_Rule):
    """5xx, before the work or after it."""

    do: Literal["fail"]
    when: Literal["before", "after"]
    status: Annotated[int, Field(ge=500, le=599)] = 500


class Lose(_Rule):
    """The work is done, and nothing is answered until the caller gives up."""

    do: Literal["lose"]


class Accept(_Rule):
    """The work is done, 202 is answered, and a signed webhook follows, or does not."""

    steps: Annotated[list[WriteName], Field(max_length=32, default_factory=list)]  # type: ignore[assignment]  # narrower than the rule's own
    do: Literal["accept"]
    webhook: Literal["on_time", "late", "early", "twice", "swapped", "never"] = "on_time"
    late_s: Seconds = 0.0
    """How long a late webhook takes; a swapped one waits for the bank's next, at the longest as long as this."""
    withhold_s: Seconds = 0.0
    """For how long a question by the key, or a repeat of the request, is answered 202 too."""


class WrongAmount(_Rule):
    """The work is right and the amount in the answer is not."""

    do: Literal["wrong_amount"]
    stored: Literal["truth", "lie"] = "truth"
    """What is kept under the key and answered when asked."""


class Garbage(_Rule):
    """The work is done and the answer is not one."""

    do: Literal["garbage"]
    kind: Literal["no_json", "truncated", "content_type", "endless"]
    megabytes: Annotated[int, Field(ge=1, le=64)] = 8
    """Where even an endless body ends."""


AnyRule = Annotated[
    Delay | Busy | Refuse | Fail | Lose | Accept | WrongAmount | Garbage,
    Field(discriminator="do"),
]


class BehaviourBody(Wire):
    """How a bank misbehaves: simply, at `steps` (none named: all), or by rules."""

    slow_s: Seconds = 0.0
    """Seconds to wait before the work of each request."""
    lose_replies: Times = 0
    """How many of the next answers are lost after their work was committed."""
    steps: Annotated[list[WriteName], Field(max_length=32, default_factory=list)]
    seed: Annotated[int, Field(ge=0, le=MAX_INTEGER)] = 0
    """The same seed, rules and requests give the same delays and chances."""
    rules: Annotated[list[AnyRule], Field(max_length=50, default_factory=list)]
    """There are three groups: delays, failures before the work, and changes of the answer. In each the first that
    applies.
    """


class BehaviourOut(BehaviourBody):
    """`lose_replies` and `times` are what is left; `drawn` counts the requests since the rules were set."""

    drawn: int

    @classmethod
    def of(cls, row: Behaviour) -> BehaviourOut:
        values: dict[str, Any] = {
            "slow_s": row.slow_ms / 1000,
            "lose_replies": row.lose_replies,
            "steps": list(row.steps),
            "seed": row.seed,
            "rules": list(row.rules),
            "drawn": row.drawn,
        }
        return cls.model_validate(values)


class TestAccountsIn(Wire):
    __test__ = False

    email: Email = "test-accounts@example.test"
    """Where the codes for these accounts go."""


class TestAccountOut(Wire):
    __test__ = False

    number: str
    bank_id: int
    name: str
    does: str


class TestAccountsOut(Wire):
    __test__ = False

    items: list[TestAccountOut]

    @classmethod
    def of(cls, numbers: list[str]) -> TestAccountsOut:
        return cls(items=[cls._one(number) for number in numbers])

    @staticmethod
    def _one(number: str) -> TestAccountOut:
        bank_id = bank_named_in(number)
        account = numbers_of(bank_id)[number]
        return TestAccountOut(number=number, bank_id=bank_id, name=account.name, does=account.does)
