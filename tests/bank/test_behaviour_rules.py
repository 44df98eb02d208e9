"""Fault rules, seen by the real client and as raw HTTP: the work is done once under any answer."""

from __future__ import annotations

import asyncio
from typing import Any, get_args

import httpx
import pytest
from sqlalchemy import text

from bank.client import BankClient, Call, KeyUnknown, Operation, Unknown
from bank.errors import REFUSALS
from bank.service.faults.rules import Drawn, draw
from bank.service.faults.schemas import RefusalCode
from devstack.mailbox import Mailbox
from edge.database import Database
from tests.bank.test_behaviour import AMOUNT, confirmed, journal
from tests.fixtures.bank import RunningBank, done, migrate_and_seed, refused, running_bank, serving
from tests.fixtures.databases import Databases
from tests.fixtures.patience import PATIENCE_S, until

ALWAYS: dict[str, Any] = {"steps": [], "times": None, "probability": 1.0}


def rule(do: str, **facts: Any) -> dict[str, Any]:
    """A rule for the debit that applies once, unless `facts` say otherwise."""
    return {"do": do, "steps": ["debit"], "times": 1} | facts


async def raw(bank: RunningBank, call: Call[Any], timeout_s: float = PATIENCE_S) -> httpx.Response:
    return await bank.shop.post(
        call.path, json=dict(call.body), headers={"Idempotency-Key": call.key}, timeout=timeout_s
    )


async def as_owner(bank: RunningBank, statement: str) -> None:
    """Runs a statement that the program has no right to."""
    owner = Database(bank.stored.owner_url, pool_size=1)
    async with owner.transaction() as session:
        await session.execute(text(statement))
    await owner.close()


async def held_once(bank: RunningBank, call: Call[Operation]) -> None:
    """The work was done exactly once: asked by key, sent again, and in the payer's account."""
    held = done(await bank.client.ask(call))
    assert (held.status, held.amount) == ("pause", AMOUNT)
    assert done(await bank.client.send(call)) == held
    assert await bank.balance(held.payer_account) == ("10000.00", (AMOUNT + held.fee).amount)
    assert await bank.violations() == []


async def nothing_held(bank: RunningBank) -> None:
    assert await bank.balance(bank.parties[0].number) == ("10000.00", "0.00")


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (rule("fail", when="after", status=502), Unknown("HTTP 502 internal_error")),
        (rule("garbage", kind="no_json"), Unknown("answer is not JSON")),
        (rule("garbage", kind="truncated"), Unknown("answer is not JSON")),
        (rule("garbage", kind="endless"), Unknown("answer too long")),
        (rule("wrong_amount"), Unknown("answer contradicts the request")),
        (rule("accept", webhook="never"), Unknown("HTTP 202")),
        (rule("lose"), Unknown("time-out")),
    ],
    ids=lambda value: value.get("kind", value["do"]) if isinstance(value, dict) else "",
)
async def test_the_work_is_done_once_whatever_happens_to_the_answer(
    bank: RunningBank, fault: dict[str, Any], seen: Unknown
) -> None:
    call = await confirmed(bank)
    # Only an answer that never comes is not waited for.
    sending = BankClient(bank.url, bank.payments_key, timeout_s=1.0 if fault["do"] == "lose" else PATIENCE_S)
    await bank.behave(1, fault)
    assert await sending.send(call) == seen
    await sending.aclose()
    await until(lambda: bank.client.ask(call), lambda answer: not isinstance(answer, KeyUnknown))
    await held_once(bank, call)
    assert [row["step"] for row in await journal(bank, call.key)] == ["debit", "debit"]


async def test_garbage_is_garbage_on_the_wire(bank: RunningBank) -> None:
    call = await confirmed(bank)
    kinds = ("no_json", "truncated", "content_type")
    await bank.behave(1, *[rule("garbage", kind=kind) for kind in kinds])
    no_json, truncated, content_type = [await raw(bank, call) for _ in kinds]
    assert (no_json.status_code, no_json.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert truncated.headers["content-type"] == "application/json"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        truncated.json()
    # The right answer under a wrong name is the right answer: the client reads what it says and checks that.
    assert content_type.headers["content-type"].startswith("text/html")
    assert content_type.json()["status"] == "pause"
    await held_once(bank, call)


async def test_an_endless_body_ends_where_the_rule_says(bank: RunningBank) -> None:
    call = await confirmed(bank)
    await bank.behave(1, rule("garbage", kind="endless", megabytes=5))
    answer = await raw(bank, call)
    assert len(answer.content) == 5 * 1024 * 1024 + 1
    await held_once(bank, call)


async def test_a_busy_bank_says_when_to_come_back_and_does_nothing(bank: RunningBank) -> None:
    call = await confirmed(bank)
    await bank.behave(1, rule("busy", retry_after_s=7, times=2))
    answer = await raw(bank, call)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.json()["code"] == "too_many_requests"
    await nothing_held(bank)
    asked = await bank.client.send(call)
    assert isinstance(asked, Unknown)
    assert asked.retry_after_s == 7
    assert type(await bank.client.ask(call)).__name__ == "KeyUnknown"
    done(await bank.client.send(call))
    await held_once(bank, call)


async def test_a_failure_before_the_work_leaves_nothing_done_and_no_try_counted(bank: RunningBank) -> None:
    call = await confirmed(bank)
    await bank.behave(1, rule("fail", when="before", status=503, times=6))
    for _ in range(6):  # more than a code has tries
        assert await bank.client.send(call) == Unknown("HTTP 503 internal_error")
    await nothing_held(bank)
    done(await bank.client.send(call))
    await held_once(bank, call)


async def test_a_named_refusal_is_stored_and_repeated_after_its_rule_has_ended(bank: RunningBank) -> None:
    call = await confirmed(bank)
    await bank.behave(1, rule("refuse", code="insufficient_funds"))
    first = await bank.client.send(call)
    assert refused(first) == "insufficient_funds"
    assert await bank.client.send(call) == first
    assert await bank.client.ask(call) == first
    await nothing_held(bank)
    # Nothing was done, so the code is still good under another key.
    again = Call(bank.key("debit"), call.path, call.body, call.read)
    assert done(await bank.client.send(again)).status == "pause"


def test_every_refusal_that_can_be_named_is_one_that_the_client_takes_for_final() -> None:
    assert set(get_args(RefusalCode)) <= REFUSALS


async def test_a_stored_false_answer_is_repeated_while_the_books_are_right(bank: RunningBank) -> None:
    call = await confirmed(bank)
    await bank.behave(1, rule("wrong_amount", stored="lie"))
    for answer in (await bank.client.send(call), await bank.client.ask(call), await bank.client.send(call)):
        assert answer == Unknown("answer contradicts the request")
    assert (await raw(bank, call)).json()["amount"] == "99.99"
    (operation,) = done(await bank.client.operations("deal/1"))
    assert (operation.amount, operation.status) == (AMOUNT, "pause")
    assert await bank.violations() == []


async def test_an_answer_can_be_withheld_from_questions_and_repeats(bank: RunningBank) -> None:
    call = await confirmed(bank)
    await bank.behave(1, rule("accept", webhook="never", withhold_s=3600))
    first = await raw(bank, call)
    assert (first.status_code, first.json()["status"]) == (202, "accepted")
    assert call.path.split("/")[2] == first.json()["operation"]
    repeated = await raw(bank, call)
    assert (repeated.status_code, repeated.json()) == (202, first.json())
    assert await bank.client.ask(call) == Unknown("asking failed with HTTP 202")
    owner = await bank.get("/banks/1/behaviour")
    assert owner["rules"][0]["times"] == 0
    await as_owner(bank, "UPDATE withheld_answers SET until = clock_timestamp()")
    await held_once(bank, call)


async def test_what_is_left_is_counted_exactly_under_parallel_requests(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    await bank.behave(1, rule("busy", steps=["capture"], times=7))
    calls = [
        bank.shop.post(f"/operations/{operation.key}/capture", json={}, headers={"Idempotency-Key": bank.key()})
        for _ in range(20)
    ]
    statuses = sorted([answer.status_code for answer in await asyncio.gather(*calls)])
    assert statuses == [409] * 13 + [429] * 7
    left = await bank.get("/banks/1/behaviour")
    assert (left["rules"][0]["times"], left["drawn"]) == (0, 20)


async def test_rules_follow_one_another_as_their_budgets_end(bank: RunningBank) -> None:
    call = await confirmed(bank)
    await bank.behave(
        1, rule("busy"), rule("fail", when="before"), rule("accept", webhook="never"), rule("garbage", kind="no_json")
    )
    statuses = [(await raw(bank, call)).status_code for _ in range(5)]
    assert statuses == [429, 500, 202, 200, 200]
    await held_once(bank, call)


async def test_a_rule_that_makes_no_sense_is_refused_and_changes_nothing(bank: RunningBank) -> None:
    await bank.behave(1, rule("lose", times=5), seed=3)
    before = await bank.get("/banks/1/behaviour")
    senseless: list[dict[str, Any]] = [
        {"do": "explode"},
        {"do": "refuse", "code": "no_such_code"},
        {"do": "delay", "delay": {"kind": "uniform", "low_s": 2, "high_s": 1}},
        {"do": "delay", "delay": {"kind": "exponential", "mean_s": 1}},
        {"do": "lose", "probability": 1.5},
        {"do": "lose", "times": -1},
        {"do": "fail", "when": "before", "status": 404},
        {"do": "garbage", "kind": "endless", "megabytes": 1000},
    ]
    for wrong in senseless:
        answer = await bank.admin.put("/banks/1/behaviour", json={"rules": [wrong]})
        assert answer.status_code == 422, wrong
        assert await bank.get("/banks/1/behaviour") == before


# --- what is drawn


def drawn(rules: list[dict[str, Any]], seed: int, count: int = 1000) -> list[Drawn]:
    return [draw(rules, seed, number, "debit")[0] for number in range(1, count + 1)]


DISTRIBUTIONS = [
    {"kind": "uniform", "low_s": 1.0, "high_s": 3.0},
    {"kind": "exponential", "mean_s": 2.0, "cap_s": 9.0},
    {"kind": "lognormal", "median_s": 2.0, "sigma": 0.8, "cap_s": 9.0},
]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda one: one["kind"])
def test_the_same_seed_draws_the_same_delays_and_another_seed_others(distribution: dict[str, Any]) -> None:
    rules = [ALWAYS | {"do": "delay", "delay": distribution}]
    delays = [one.delay_s for one in drawn(rules, 7)]
    assert delays == [one.delay_s for one in drawn(rules, 7)]
    assert len(set(delays)) > 900
    assert delays != [one.delay_s for one in drawn(rules, 8)]
    assert 1.8 < sorted(delays)[500] < 2.2 or distribution["kind"] == "exponential"
    assert min(delays) >= distribution.get("low_s", 0)
    assert max(delays) <= distribution.get("cap_s", 3.0)


def test_delays_are_as_long_on_average_as_they_should_be() -> None:
    exponential = ALWAYS | {"do": "delay", "delay": {"kind": "exponential", "mean_s": 2.0, "cap_s": 1000.0}}
    assert 1.8 < sum(one.delay_s for one in drawn([exponential], 1)) / 1000 < 2.2
    constant = ALWAYS | {"do": "delay", "delay": {"kind": "constant", "seconds": 1.5}}
    assert {one.delay_s for one in drawn([constant], 1)} == {1.5}


def test_a_probability_is_how_often_a_rule_applies() -> None:
    sometimes = ALWAYS | {"do": "lose", "probability": 0.25}
    lost = [one.reply is not None for one in drawn([sometimes], 5)]
    assert 200 < sum(lost) < 300
    assert lost == [one.reply is not None for one in drawn([sometimes], 5)]
    assert not any(one.reply for one in drawn([ALWAYS | {"do": "lose", "probability": 0.0}], 5))


def test_an_answer_that_never_comes_to_be_uses_up_no_rule_about_answers() -> None:
    rules = [ALWAYS | {"do": "lose", "times": 1}, ALWAYS | {"do": "busy", "retry_after_s": 1, "times": 1}]
    first, left = draw(rules, 0, 1, "debit")
    assert (first.reply, [one["times"] for one in left]) == (None, [1, 0])
    second, left = draw(left, 0, 2, "debit")
    assert (second.gate, [one["times"] for one in left]) == (None, [0, 0])


async def test_the_sequence_continues_after_a_restart(databases: Databases, mailbox: Mailbox) -> None:
    half = rule("busy", steps=[], times=None, probability=0.5)

    async def statuses(shop: httpx.AsyncClient, url: str) -> list[int]:
        return [(await shop.post(f"{url}/api/v1{path}", json={}, headers=next(keys))).status_code for _ in range(8)]

    async with databases.fresh("seeded_bank", migrate_and_seed) as database:
        async with running_bank(database, mailbox) as running:
            operation = await running.open(running.parties[0], running.parties[2], AMOUNT)
            path = f"/operations/{operation.key}/capture"
            keys = ({"Idempotency-Key": f"capture/{number}"} for number in range(100))
            await running.behave(1, half, seed=11)
            whole = await statuses(running.shop, running.url) + await statuses(running.shop, running.url)
            await running.behave(1, half, seed=11)
            before = await statuses(running.shop, running.url)
            settings, key = running.settings, running.payments_key
        async with serving(settings) as url, httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as shop:
            assert before + await statuses(shop, url) == whole
    assert set(whole) == {409, 429}
