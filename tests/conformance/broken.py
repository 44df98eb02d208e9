"""Adapters that are wrong on purpose, each in one way: the kit must find every one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from bank.client import Answer, Call, Done, KeyUnknown, Operation, Refused, Unknown
from domain.money import Money
from tests.conformance.adapter import Client


class Wrong:
    """A client that passes everything on; each kind of wrong changes one thing."""

    def __init__(self, right: Client) -> None:
        self._right = right
        self._given: dict[str, Any] = {}

    async def send(self, call: Call[Any]) -> Answer[Any]:
        return await self._right.send(call)

    async def ask(self, call: Call[Any]) -> Answer[Any] | KeyUnknown:
        return await self._right.ask(call)

    async def check_funds(self, account: str, amount: Money, operation: str) -> bool | Unknown:
        return await self._right.check_funds(account, amount, operation)

    async def operation(self, key: str) -> Answer[Operation]:
        return await self._right.operation(key)

    async def operations(self, reference: str) -> Answer[list[Operation]]:
        return await self._right.operations(reference)


class ForgetsKeys(Wrong):
    async def send(self, call: Call[Any]) -> Answer[Any]:
        return await self._right.send(replace(call, key=f"{call.key}/{uuid4()}"))


class TakesUnknownForRefused(Wrong):
    async def send(self, call: Call[Any]) -> Answer[Any]:
        answer = await self._right.send(call)
        return Refused("operation_ended", "it did not answer") if isinstance(answer, Unknown) else answer


class SendsAgainUnderANewKey(Wrong):
    async def send(self, call: Call[Any]) -> Answer[Any]:
        answer = await self._right.send(call)
        if isinstance(answer, Unknown):
            await self._right.send(replace(call, key=f"{call.key}/again"))
        return answer


class NeverHeardOfAnyKey(Wrong):
    async def ask(self, call: Call[Any]) -> Answer[Any] | KeyUnknown:
        return KeyUnknown()


class AnswersByTheKeyAlone(Wrong):
    async def send(self, call: Call[Any]) -> Answer[Any]:
        if call.key not in self._given:
            answer = await self._right.send(call)
            if not isinstance(answer, Done):
                return answer
            self._given[call.key] = answer
        given: Answer[Any] = self._given[call.key]
        return given


class VoidsLater(Wrong):
    """Says that a void is done, and leaves no tombstone."""

    async def send(self, call: Call[Any]) -> Answer[Any]:
        if not call.path.endswith("/void"):
            return await self._right.send(call)
        found = await self._right.operation(call.path.split("/")[-2])
        return Done(replace(found.value, status="void")) if isinstance(found, Done) else found


class TellsTheStateOfNow(Wrong):
    """Repeats no answers: returns the operation's present state."""

    async def send(self, call: Call[Any]) -> Answer[Any]:
        answer = await self._right.send(call)
        if isinstance(answer, Done) and isinstance(answer.value, Operation):
            return await self._right.operation(answer.value.key)
        return answer


class SaysYesToEverySum(Wrong):
    async def check_funds(self, account: str, amount: Money, operation: str) -> bool | Unknown:
        return True


# Each with a case that must find it.
FOUND_BY = {
    ForgetsKeys: "the_same_request_again_has_the_same_answer_and_no_further_effect",
    TakesUnknownForRefused: "a_lost_answer_is_unknown_and_found_by_asking_and_by_sending_again",
    SendsAgainUnderANewKey: "a_lost_answer_is_unknown_and_found_by_asking_and_by_sending_again",
    NeverHeardOfAnyKey: "a_key_the_bank_never_heard_of_is_said_to_be_unknown_and_may_be_sent_then",
    AnswersByTheKeyAlone: "other_content_under_a_key_is_neither_done_nor_refused_and_the_first_answer_stays",
    VoidsLater: "a_void_that_overtakes_its_debit_refuses_it_for_ever",
    TellsTheStateOfNow: "the_same_request_again_has_the_same_answer_and_no_further_effect",
    SaysYesToEverySum: "a_funds_check_counts_what_is_held_and_says_yes_or_no",
}
