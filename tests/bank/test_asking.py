"""A bank that misbehaves when asked: impossible answers are not believed, and asking again gets the right one."""

from __future__ import annotations

from typing import Any

import pytest

from bank.client import BankClient, Unknown
from tests.bank.test_behaviour import AMOUNT, confirmed
from tests.fixtures.bank import RunningBank, done
from tests.fixtures.patience import PATIENCE_S


def asked(do: str, **facts: Any) -> dict[str, Any]:
    """A rule for the next question alone, unless `facts` say otherwise."""
    return {"do": do, "steps": ["ask"], "times": 1} | facts


MISBEHAVIOURS = [
    (asked("busy", retry_after_s=7), "asking failed with HTTP 429"),
    (asked("fail", when="before", status=503), "asking failed with HTTP 503"),
    (asked("fail", when="after", status=500), "asking failed with HTTP 500"),
    (asked("garbage", kind="no_json"), "answer is not JSON"),
    (asked("garbage", kind="truncated"), "answer is not JSON"),
    (asked("garbage", kind="endless"), "answer too long"),
    (asked("wrong_amount"), "answer contradicts the request"),
    (asked("lose"), "time-out"),
]


@pytest.mark.parametrize(
    ("fault", "seen"), MISBEHAVIOURS, ids=lambda value: value["do"] if isinstance(value, dict) else ""
)
async def test_a_question_that_is_not_answered_well_leaves_the_outcome_unknown_until_the_next(
    bank: RunningBank, fault: dict[str, Any], seen: str
) -> None:
    call = await confirmed(bank)
    held = done(await bank.client.send(call))
    await bank.behave(1, fault)
    # Only an answer that never comes is not waited for.
    asking = BankClient(bank.url, bank.payments_key, timeout_s=1.0 if fault["do"] == "lose" else PATIENCE_S)
    answer = await asking.ask(call)
    await asking.aclose()
    assert isinstance(answer, Unknown) and answer.why == seen
    assert done(await bank.client.ask(call)) == held
    assert (held.status, held.amount) == ("pause", AMOUNT)
    assert await bank.violations() == []


async def test_an_operation_that_is_read_is_late_and_then_busy_as_the_rules_say(bank: RunningBank) -> None:
    held = await bank.held(bank.parties[0], bank.parties[2], AMOUNT)
    delay = asked("delay", delay={"kind": "constant", "seconds": 0.01})
    await bank.behave(1, delay, asked("busy", times=2))
    seen = [await bank.shop.get(f"/operations/{held.key}") for _ in range(3)]
    assert [answer.status_code for answer in seen] == [429, 429, 200]
    assert (await bank.get("/banks/1/behaviour"))["drawn"] == 3
    assert seen[2].json()["key"] == held.key


async def test_rules_that_do_not_name_questions_are_not_used_up_by_them(bank: RunningBank) -> None:
    call = await confirmed(bank)
    await bank.behave(1, {"do": "busy", "steps": [], "times": 1})
    assert not isinstance(await bank.client.ask(call), Unknown)
    behaviour = await bank.get("/banks/1/behaviour")
    assert (behaviour["drawn"], behaviour["rules"][0]["times"]) == (0, 1)
    assert isinstance(await bank.client.send(call), Unknown)


async def test_a_question_can_be_neither_finally_refused_nor_deferred(bank: RunningBank) -> None:
    for rule in (asked("refuse", code="not_held"), asked("accept", webhook="never")):
        answer = await bank.admin.put("/banks/1/behaviour", json={"rules": [rule]})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
        assert "steps" in answer.json()["field"]
    assert (await bank.get("/banks/1/behaviour"))["rules"] == []


async def test_a_question_to_a_bank_that_never_got_the_request_meets_nothing(bank: RunningBank) -> None:
    await bank.behave(1, asked("fail", when="before", times=None))
    answer = await bank.shop.get("/answers", params={"key": "never/sent"})
    assert (answer.status_code, answer.json()["code"]) == (404, "key_unknown")
