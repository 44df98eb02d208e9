"""A hypothesis state machine that drives many deals at once through the real stack, faults included."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from domain.agreements import Party as Side
from domain.overrides import OverrideKind
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
    "accepting only": [{"do": "accept", "webhook": "never", "probability": 0.3}],
    "talking garbage": [{"do": "garbage", "kind": "truncated", "probability": 0.2}],
}
ENDS = ("accepted", "disputed, for the buyer", "disputed, for the seller", "settled", "refunded", "refunded in part")
# Price in minor units, commission in basis points, terms, and the end if no rule has ended it: unless left alone, the
# buyer pays all that they still can.
PLANS = st.tuples(
    st.integers(min_value=4, max_value=900_00),
    st.sampled_from((0, 1, 333, 500, 2_500, None)),  # None: a service, with the platform's commission
    st.sampled_from((HELD, AT_ONCE, INSPECTED)),
    st.sampled_from((*ENDS, "paid", "left alone")),
)


@dataclass
class Live:
    """A deal of one example, and what of its price is neither paid nor waiting for a code."""

    play: Play
    left: int
    end: str
    waiting: Part | None = None
    submitted: list[Part] = field(default_factory=list)
    decided: bool = False

    @property
    def whole(self) -> bool:
        """Whether the whole price was submitted in time."""
        return sum(part.payment.amount_minor for part in self.submitted) == self.play.price

    @property
    def may_submit(self) -> bool:
        return self.waiting is not None and not self.play.undone_by

    @property
    def may_pay(self) -> bool:
        return not self.play.late and not self.play.undone_by and self.waiting is None and self.left > 0

    @property
    def may_undo(self) -> bool:
        """Not after its deadline, nor when the price was reached and the seller is being paid."""
        inspected = self.play.terms is INSPECTED and not self.decided
        return not self.play.late and not self.play.undone_by and (not self.whole or inspected)

    @property
    def may_decide(self) -> bool:
        """Whether the buyer inspects, or is about to."""
        return self.play.terms is INSPECTED and self.whole and not self.play.undone_by and not self.decided

    @property
    def may_refund(self) -> bool:
        """Whether the seller is paid, or is about to be, and nothing was refunded."""
        accepted = self.play.terms is not INSPECTED or self.decided
        return self.whole and not self.play.undone_by and accepted and not self.play.back and not self.play.split

    async def pay(self, amount: int, *, from_wallet: bool = False) -> None:
        self.left -= amount
        self.waiting = await (self.play.pay_from_wallet if from_wallet else self.play.pay)(amount)

    async def submit(self) -> None:
        assert self.waiting is not None
        part, self.waiting = self.waiting, None
        await self.play.submit(part)
        self.submitted += [] if self.play.late else [part]

    async def accept(self) -> None:
        self.decided = True
        await self.play.accept()

    async def dispute(self, kind: OverrideKind) -> None:
        self.decided = True
        await self.play.dispute(kind)

    async def settle(self, first: Side, thirds: int) -> None:
        self.decided = True
        await self.play.settle(first, max(1, self.play.price * thirds // 3))

    async def finish(self) -> None:
        """Ends as it is to end where that is still possible, and lets all the time go by."""
        if self.end != "left alone" and not self.play.late:
            if self.may_submit:
                await self.submit()
            if self.may_pay:
                await self.pay(self.left)
                await self.submit()
        if self.may_decide and self.end.startswith("disputed"):
            await self.dispute(OverrideKind.REFUND if self.end.endswith("buyer") else OverrideKind.RELEASE)
        elif self.may_decide and self.end == "settled":
            await self.settle(Side.BUYER, 2)
        elif self.may_decide and self.end == "accepted":
            await self.accept()
        await self.play.finish()
        self.decided = True  # by time, if by nobody
        if self.may_refund and self.end.startswith("refunded"):
            await self.play.refund(self.play.price if self.end == "refunded" else max(1, self.play.price // 3))


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
        self.do([self.rig.open_marketplace()])
        plans = data.draw(st.lists(PLANS, min_size=self.deals, max_size=self.deals))
        plays = self.do([Play.begin(self.rig, price, bp, terms) for price, bp, terms, _ in plans])
        self.live = [Live(play, play.price, plan[3]) for play, plan in zip(plays, plans, strict=True)]
        self.pay_part(quarters, 4)

    def pay_part(self, quarters: int, wallets: int) -> None:
        from_wallets = {id(live) for live in self.live[::wallets]} if wallets else set()

        async def act(live: Live) -> None:
            await live.pay(max(1, live.left * quarters // 4), from_wallet=id(live) in from_wallets)

        self.each(lambda live: live.may_pay, act)

    @rule(first=st.sampled_from(Side), thirds=st.sampled_from((1, 2, 3)))
    def settle(self, first: Side, thirds: int) -> None:
        """One party disputes, the other offers a part of the price or all of it back, and that is accepted."""
        chosen = {id(live) for live in self.live[1::3]}
        self.each(lambda live: live.may_decide and id(live) in chosen, lambda live: live.settle(first, thirds))

    @rule(quarters=st.sampled_from((1, 2, 4, 4)), wallets=st.sampled_from((0, 2, 3)))
    def pay(self, quarters: int, wallets: int) -> None:
        """A part of what is left is paid; every second or third buyer, or none, pays it from a wallet."""
        self.pay_part(quarters, wallets)

    @rule(every=st.sampled_from((2, 3)))
    def refuse(self, every: int) -> None:
        """Some try to pay from an account without money: the bank refuses, and the amount is free again."""
        chosen = {id(live) for live in self.live[::every]}
        self.each(lambda live: live.may_pay and id(live) in chosen, lambda live: live.play.pay_without_money(live.left))

    @rule(every=st.sampled_from((1, 1, 2)))
    def submit(self, every: int) -> None:
        """Of those who have a code every one, or every other one, enters it; perhaps too late."""
        chosen = {id(live) for live in self.live[::every]}
        self.each(lambda live: live.may_submit and id(live) in chosen, lambda live: live.submit())

    @rule()
    def guess(self) -> None:
        async def act(live: Live) -> None:
            assert live.waiting is not None
            await live.play.guess(live.waiting)

        def may(live: Live) -> bool:
            return live.may_submit and live.waiting is not None and len(live.waiting.answers) < TRIES

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
    def accept(self, every: int) -> None:
        chosen = {id(live) for live in self.live[::every]}
        self.each(lambda live: live.may_decide and id(live) in chosen, lambda live: live.accept())

    @rule(kind=st.sampled_from((OverrideKind.REFUND, OverrideKind.RELEASE)))
    def dispute(self, kind: OverrideKind) -> None:
        chosen = {id(live) for live in self.live[::2]}
        self.each(lambda live: live.may_decide and id(live) in chosen, lambda live: live.dispute(kind))

    @rule(quarters=st.sampled_from((1, 3, 4)))
    def refund(self, quarters: int) -> None:
        """Some sellers refund a part of the price, or all of it."""
        chosen = {id(live) for live in self.live[1::2]}
        self.each(
            lambda live: live.may_refund and id(live) in chosen,
            lambda live: live.play.refund(max(1, live.play.price * quarters // 4)),
        )

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
        if not self.killed:  # in every example a worker dies, at the latest now
            self.loop.call_soon_threadsafe(self.rig.workers.kill, 0)
        self.do([self.rig.market.bank.behave(bank) for bank in range(1, BANKS + 1)])
        self.do([live.finish() for live in self.live])
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
        except Exception as error:  # noqa: BLE001 # any failure is what the proof has found
            rig.figures.differences.append("".join(traceback.format_exception(error)))  # also what a group is made of
