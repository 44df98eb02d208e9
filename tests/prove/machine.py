"""A hypothesis state machine that drives many deals at once through the real stack, faults included."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from domain.agreements import Party as Side
from tests.prove.play import AT_ONCE, HELD, INSPECTED, Part, Play
from tests.prove.rig import BANKS, Rig

STEPS = 8
TRIES = 3  # wrong codes per payment; the fifth would use the code up
AT_A_TIME = 16
WITHIN_S = 900.0

BEHAVIOURS: dict[str, list[dict[str, Any]]] = {
    "well": [],
    "slowly": [{"do": "delay", "delay": {"kind": "uniform", "low_s": 0.0, "high_s": 2.5}, "probability": 0.5}],
    "losing replies": [{"do": "lose", "probability": 0.2}],
    "failing before": [{"do": "fail", "when": "before", "probability": 0.3}],
    "failing after": [{"do": "fail", "when": "after", "status": 503, "probability": 0.3}],
    "accepting only": [{"do": "accept", "callback": "never", "probability": 0.3}],
    "talking garbage": [{"do": "garbage", "kind": "truncated", "probability": 0.2}],
}
# Price in minor units, commission in basis points, terms.
PLANS = st.tuples(
    st.integers(min_value=4, max_value=900_00),
    st.sampled_from((0, 1, 333, 500, 2_500)),
    st.sampled_from((HELD, AT_ONCE, INSPECTED)),
)


@dataclass
class Live:
    """A deal of one example, and what of its price is neither paid nor waiting for a code."""

    play: Play
    left: int
    waiting: Part | None = None
    submitted: list[Part] = field(default_factory=list)

    @property
    def may_pay(self) -> bool:
        return not self.play.late and not self.play.undone_by and self.waiting is None and self.left > 0

    @property
    def may_undo(self) -> bool:
        """Not once its time is over, nor when the price was reached and the seller is being paid."""
        whole = sum(part.payment.amount_minor for part in self.submitted) == self.play.price
        return not self.play.late and not self.play.undone_by and (not whole or self.play.terms is INSPECTED)


class Deals(RuleBasedStateMachine):
    """Each example has `deals` deals on `rig`, which lives in `loop`; each rule is about many of them."""

    rig: ClassVar[Rig]
    loop: ClassVar[asyncio.AbstractEventLoop]
    deals: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.live: list[Live] = []
        self.killed = False

    def do(self, what: Iterable[Awaitable[Any]]) -> list[Any]:
        gate = asyncio.Semaphore(AT_A_TIME)

        async def one(act: Awaitable[Any]) -> Any:
            async with gate:
                return await act

        async def all_of_it() -> list[Any]:
            return list(await asyncio.gather(*map(one, what)))

        return asyncio.run_coroutine_threadsafe(all_of_it(), self.loop).result(WITHIN_S)

    def each(self, which: Callable[[Live], bool], act: Callable[[Live], Awaitable[None]]) -> None:
        self.do([act(live) for live in self.live if which(live)])

    @initialize(data=st.data(), quarters=st.sampled_from((1, 2, 4)))
    def begin(self, data: st.DataObject, quarters: int) -> None:
        plans = data.draw(st.lists(PLANS, min_size=self.deals, max_size=self.deals))
        plays = self.do([Play.begin(self.rig, price, bp, terms) for price, bp, terms in plans])
        self.live = [Live(play, play.price) for play in plays]
        self.pay_part(quarters)

    def pay_part(self, quarters: int) -> None:
        async def act(live: Live) -> None:
            amount = max(1, live.left * quarters // 4)
            live.left -= amount
            live.waiting = await live.play.pay(amount)

        self.each(lambda live: live.may_pay, act)

    @rule(quarters=st.sampled_from((1, 2, 4, 4)))
    def pay(self, quarters: int) -> None:
        self.pay_part(quarters)

    @rule(every=st.sampled_from((2, 3)))
    def refuse(self, every: int) -> None:
        """Some try to pay from an account without money: the bank refuses, and the amount is free again."""
        chosen = {id(live) for live in self.live[::every]}
        self.each(lambda live: live.may_pay and id(live) in chosen, lambda live: live.play.pay_without_money(live.left))

    @rule(every=st.sampled_from((1, 1, 2)))
    def submit(self, every: int) -> None:
        """Of those who have a code every one, or every other one, enters it; perhaps too late."""

        async def act(live: Live) -> None:
            assert live.waiting is not None
            part, live.waiting = live.waiting, None
            await live.play.submit(part)
            live.submitted += [] if live.play.late else [part]

        chosen = {id(live) for live in self.live[::every]}
        self.each(lambda live: live.waiting is not None and not live.play.undone_by and id(live) in chosen, act)

    @rule()
    def guess(self) -> None:
        async def act(live: Live) -> None:
            assert live.waiting is not None
            await live.play.guess(live.waiting)

        def may(live: Live) -> bool:
            waiting = live.waiting
            return waiting is not None and not live.play.undone_by and len(waiting.answers) < TRIES

        self.each(may, act)

    @rule()
    def withdraw(self) -> None:
        async def act(live: Live) -> None:
            assert live.waiting is not None
            part, live.waiting = live.waiting, None
            await live.play.withdraw(part)
            live.left += part.payment.amount_minor

        chosen = {id(live) for live in self.live[::3]}
        self.each(lambda live: live.waiting is not None and live.may_undo and id(live) in chosen, act)

    @rule(first=st.sampled_from(Side), every=st.sampled_from((3, 4)))
    def undo(self, first: Side, every: int) -> None:
        async def act(live: Live) -> None:
            for part in live.submitted:
                await live.play.answered(part)
            if live.left == 0 and live.waiting is None and live.play.terms is INSPECTED:
                await self.rig.watch.until(live.play.deal, "funded")
            await live.play.undo(first)

        chosen = {id(live) for live in self.live[::every]}
        self.each(lambda live: live.may_undo and id(live) in chosen, act)

    @rule(every=st.sampled_from((2, 3)))
    def deadline(self, every: int) -> None:
        chosen = {id(live) for live in self.live[1::every]}
        self.each(lambda live: not live.play.late and id(live) in chosen, lambda live: live.play.pass_deadline())

    @rule(bank=st.integers(1, BANKS), how=st.sampled_from(sorted(BEHAVIOURS)), seed=st.integers(0, 1000))
    def behave(self, bank: int, how: str, seed: int) -> None:
        self.do([self.rig.market.bank.behave(bank, *BEHAVIOURS[how], seed=seed)])

    @rule(number=st.integers(0, 1))
    def kill(self, number: int) -> None:
        self.killed = True
        self.loop.call_soon_threadsafe(self.rig.workers.kill, number)

    @rule(position=st.integers(0, 1000))
    def terminate(self, position: int) -> None:
        async def act() -> None:
            if running := sorted(await self.rig.market.sagas.open_workflow_ids()):
                handle = self.rig.market.environment.client.get_workflow_handle(running[position % len(running)])
                await handle.terminate("drill")
                self.rig.figures.drills += 1

        self.do([act()])

    def teardown(self) -> None:
        if not self.killed:  # whatever was drawn: in every example somebody dies, at the latest now
            self.loop.call_soon_threadsafe(self.rig.workers.kill, 0)
        self.do([self.rig.market.bank.behave(bank) for bank in range(1, BANKS + 1)])
        self.do([live.play.finish() for live in self.live])
        found = self.do([live.play.differences() for live in self.live])
        assert not any(found), [difference for differences in found for difference in differences]


async def drive(rig: Rig, *, deals: int, at_once: int, seed: int) -> None:
    """Some `deals` deals in examples of `at_once`; an example that ends otherwise than the model is a difference."""
    loop = asyncio.get_running_loop()
    deals_of_one = seeded(seed)(type("DealsOnARig", (Deals,), {"rig": rig, "loop": loop, "deals": at_once}))
    chosen = settings(
        max_examples=-(-deals // at_once),
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with ThreadPoolExecutor(1) as thread:
        try:
            await loop.run_in_executor(
                thread, lambda: run_state_machine_as_test(deals_of_one, settings=chosen, _min_steps=STEPS)
            )
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what the proof has found
            notes = "\n".join(getattr(error, "__notes__", []))
            rig.figures.differences.append(f"{type(error).__name__}: {error}\n{notes}")
