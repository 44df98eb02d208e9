"""Asking a bank until its answer is final. Unknown is not failed: it is asked again, by the same key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from bank.client import Answer, BankClient, Call, Done, KeyUnknown, Operation, Refused, Unknown
from bank.errors import CONTRADICTION, LIMITS
from payloads.payment import BankAnswer

T = TypeVar("T")

# After this long without a final answer an operator should look. Nothing is decided by it.
FLAG_AFTER = timedelta(minutes=15)
BEAT_S = 1.0  # a quarter of the heartbeat time-out in workflows.policies
# How long a bank may make us wait before this is reported: no longer than between two tries of any other call.
SOON_S = 60
# A limit of the bank may last longer, and asking earlier would be in vain. This bounds an unreasonable Retry-After.
LONGEST_S = 3_600

# We only name operations that the bank has confirmed to us. A bank that does not know one contradicts itself: another
# API key, a restored backup. It may hold the money all the same, so this decides nothing and an operator has to look.
_CONTRADICTIONS = frozenset({"unknown_operation"})


@dataclass(frozen=True, slots=True)
class Delay:
    """A lasting limit of the bank: it has done nothing, and is asked the same again after `seconds`.

    `reason` is one of `LIMITS`, or `too_many_requests` for any other.
    """

    reason: str
    seconds: int


Delayed = Callable[[Delay], Awaitable[None]]


async def final_answer(
    bank: BankClient, call: Call[T], flag: Callable[[], Awaitable[None]], delayed: Delayed | None = None
) -> Done[T] | Refused:
    """The bank's final answer to `call`; while it is unknown, raises so that the activity is tried again.

    The first try is made at once, within the workflow's task, and sends the call. An activity of its own is a later
    try: it first asks by key, and sends the identical call again only when the bank does not know the key. After
    `FLAG_AFTER` each try also calls `flag`; an answer that contradicts the call does so at once. A webhook of the bank
    makes the next try come now (`Sagas.ask_again`). `delayed` is called for a limit of the bank that lasts longer than
    `SOON_S`.
    """
    answer = await answer_or_delay(bank, call, flag)
    if isinstance(answer, Delay):
        if delayed is not None:
            await delayed(answer)
        raise not_now(f"{answer.reason} at the bank", answer.seconds)
    return answer


async def answer_or_delay(
    bank: BankClient, call: Call[T], flag: Callable[[], Awaitable[None]]
) -> Done[T] | Refused | Delay:
    """As `final_answer`, but the caller waits for a lasting limit, and can do something else meanwhile."""
    async with beating():
        answer: Answer[T] | KeyUnknown = await bank.ask(call) if _tried_before() else KeyUnknown()
        if isinstance(answer, KeyUnknown):
            answer = await bank.send(call)
    if isinstance(answer, Refused) and _contradicts(answer):
        answer = Unknown(answer.code)
    if isinstance(answer, Unknown):
        if late() or answer.why == CONTRADICTION:
            await flag()
        if (delay := _delay(answer)) is not None:
            return delay
        _raise(answer)
    return answer


def _contradicts(answer: object) -> bool:
    return isinstance(answer, Refused) and answer.code in _CONTRADICTIONS


def late() -> bool:
    """Whether this activity has been without a final answer for so long that an operator should look."""
    info = activity.info()
    return info.current_attempt_scheduled_time - info.scheduled_time > FLAG_AFTER


def _delay(answer: Unknown) -> Delay | None:
    if not answer.limited or answer.retry_after_s is None or answer.retry_after_s <= SOON_S:
        return None
    reason = answer.code if answer.code in LIMITS else "too_many_requests"
    return Delay(reason, min(answer.retry_after_s, LONGEST_S))


def _raise(answer: Unknown) -> NoReturn:
    seconds = answer.retry_after_s
    # Neither at once nor less often than every `SOON_S`.
    raise not_now(answer.why, None if seconds is None else min(max(seconds, 1), SOON_S))


def not_now(why: str, again_after_s: int | None) -> ApplicationError:
    """What an activity raises to be tried again, by its policy or after so many seconds."""
    # Expected, and part of the story: no error in the logs and metrics, and no answer of the bank in history.
    return ApplicationError(
        f"outcome unknown: {why}",
        type="OutcomeUnknown",
        category=ApplicationErrorCategory.BENIGN,
        next_retry_delay=None if again_after_s is None else timedelta(seconds=again_after_s),
    )


def _tried_before() -> bool:
    # A worker that dies during the first try makes it once more, as if it were the first: the bank keeps the key.
    return not activity.info().is_local


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Heartbeats while an activity waits or works, so that a killed worker is noticed before the activity's time-out.

    Outside an activity, and in a local one, which is noticed with its workflow's task, it does nothing.
    """

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(BEAT_S)

    beats = activity.in_activity() and not activity.info().is_local
    heart = asyncio.create_task(beat()) if beats else None
    try:
        yield
    finally:
        if heart is not None:
            heart.cancel()


async def operation_answer(
    bank: BankClient,
    call: Call[Operation],
    flag: Callable[[], Awaitable[None]],
    forced: BankAnswer | None = None,
    delayed: Delayed | None = None,
) -> BankAnswer:
    """Like `final_answer`, for calls that answer with an operation: its key, or the code of the refusal.

    While an operator has `forced` the result, the bank is asked and nothing is sent: its final answer counts, else the
    forced one.
    """
    if forced is None:
        answer: Done[Operation] | Refused = await final_answer(bank, call, flag, delayed)
    else:
        async with beating():
            asked = await bank.ask(call)
        if not isinstance(asked, Done | Refused) or _contradicts(asked):
            return forced
        answer = asked
    if isinstance(answer, Refused):
        return BankAnswer(done=False, refused_code=answer.code)
    return BankAnswer(done=True, operation=answer.value.key)


async def only_ask(
    ask: Callable[[], Awaitable[Answer[T] | KeyUnknown]], flag: Callable[[], Awaitable[None]]
) -> Done[T] | Refused:
    """The bank's final answer to a question that sends nothing; while it is unknown, raises to be tried again."""
    async with beating():
        answer = await ask()
    if isinstance(answer, KeyUnknown) or _contradicts(answer):
        answer = Unknown("not known to the bank")
    if isinstance(answer, Unknown):
        if late():
            await flag()
        _raise(answer)
    return answer
