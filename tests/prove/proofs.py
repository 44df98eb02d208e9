"""The proofs by name. Each takes a stack, of its own in full, and ends with its counts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum

from tests.prove import crashes as death
from tests.prove import drills, machine, repeats, stories, webhook_scenes
from tests.prove.deadlines import EDGE_S, IN_A_ROUND, Aim, all_in_one_second, round_at_the_edge
from tests.prove.figures import Figures
from tests.prove.scenes import SCENES as OF_OPERATORS
from tests.prove.stacks import Stacks
from tests.prove.turns import all_turns


class Size(Enum):
    SHORT = "short"
    FULL = "full"


Proof = Callable[[Stacks, Size, int], Awaitable[Figures]]


async def answers(stacks: Stacks, size: Size, seed: int) -> Figures:
    """A hundredth of the answers between worker, bank and databases is lost, and some requests are made to come twice.
    Void unless both are seen.
    """
    deals, twice = {Size.SHORT: (3, 1), Size.FULL: (1_060, 20)}[size]
    async with stacks.rig(people=3 * deals + 2 * twice + 3, seed=seed, lose_percent=1.0) as stack:
        slow = {"do": "delay", "delay": {"kind": "uniform", "low_s": 0.0, "high_s": 1.2}, "probability": 0.3}
        for bank_id in (1, 2, 3):
            await stack.market.bank.behave(bank_id, slow, seed=seed)
        shown, repeated = await asyncio.gather(
            stories.tell(stack, deals, seed, at_once=40), repeats.asked_twice(stack, random.Random(seed), twice)
        )
        await stories.compare(stack, [*shown, *repeated])
        figures = await stack.conclude()
    if figures.duplicate_requests < twice or not figures.lost_answers:
        figures.differences.append("void: no request arrived twice, or no answer was lost")
    return figures


async def model(stacks: Stacks, size: Size, seed: int) -> Figures:
    """A state machine drives deals through payments, faults, kills and deadlines; the model says how they end."""
    deals, at_once = {Size.SHORT: (6, 3), Size.FULL: (1200, 24)}[size]
    # A failing example is played once more, to be shown.
    async with stacks.rig(people=4 * deals + 4 * at_once + 8, seed=seed) as stack:
        await machine.drive(stack, deals=deals, at_once=at_once, seed=seed)
        if stack.figures.differences:
            return stack.figures
        await stories.compare(stack, await stories.every_end(stack))
        figures = await stack.conclude()
        ended = await stack.ended()
    figures.notes += [f"{state} {number}" for state, number in ended.items()]
    if not figures.payments or not figures.kills:
        figures.differences.append("void: nothing was paid, or nobody was killed")
    if not {"completed", "split", "expired", "cancelled", "refunded"} <= ended.keys():
        figures.differences.append("void: deals did not end in every way there is")
    return figures


async def crashes(stacks: Stacks, size: Size, seed: int, scenes: Sequence[str] = ()) -> Figures:
    """A worker dies at every fail point; others take its deals over. With names of `scenes`, only in those.

    In short it dies once in a scene.
    """
    dice, shown = random.Random(seed), death.story_points()
    dice.shuffle(shown)
    played, people, at_once = list(death.SCENES), 3_000, 3 * death.ARMED_AT_ONCE
    if size is Size.SHORT:
        played, shown = [death.one_death(dice, dice.choice(OF_OPERATORS))], list(death.GAPS)
        people, at_once = 150, 3
    if scenes:
        played, shown = [scene for scene in death.SCENES if scene.name in scenes], []
        if size is Size.SHORT:
            played = [death.one_death(dice, scene) for scene in played]
    chained = size is Size.FULL or bool(scenes)
    async with stacks.rig(people=people, seed=seed, workers=0, chained=chained) as stack:
        plays = await death.die_in_scenes(stack, played)
        await stack.workers.keep(1)
        if shown:
            plays += await death.die_everywhere(stack, shown, seed, at_once)
        await stories.compare(stack, plays)
        figures = await stack.conclude()
    died_there = any(webhook_scenes.SENT_NOT_RECORDED in scene.points for scene in played)
    if died_there and not figures.duplicate_webhooks:
        figures.differences.append("void: a worker died after it had sent webhooks, and none came twice")
    return figures


async def commands(stacks: Stacks, size: Size, seed: int) -> Figures:
    """Workflows are terminated, reset and cancelled with the Temporal CLI in the middle of their sagas."""
    deals, by_hand = {Size.SHORT: (2, 2), Size.FULL: (150, 50)}[size]
    dice = random.Random(seed)
    async with stacks.rig(people=3 * (deals + by_hand) + 2 * len(drills.COMMANDS), seed=seed) as stack:
        meddling = asyncio.create_task(drills.meddle(stack, dice))
        plays = await stories.tell(stack, deals, seed, at_once=24)
        meddling.cancel()
        plays += await asyncio.gather(*(drills.met_by_hand(stack, dice, *command) for command in drills.COMMANDS))
        # A request to cancel has no row: it is lost when the workflow is terminated before it receives it.
        plays += await asyncio.gather(*(drills.cancelled_by_hand(stack, dice) for _ in range(by_hand)))
        await stories.compare(stack, plays)
        # A deal that was reset after its end waits for news; the redriver would find it within minutes.
        await stack.market.sagas.redrive_now(within_s=60)
        return await stack.conclude()


async def moments(stacks: Stacks, size: Size, seed: int) -> Figures:
    """The last code of each deal within 50 ms of its deadline; a fifth of them at least on either side of it."""
    in_a_round = {Size.SHORT: 5, Size.FULL: IN_A_ROUND}[size]
    wanted = {Size.SHORT: 0, Size.FULL: 50 * IN_A_ROUND}[size]
    rounds = {Size.SHORT: 1, Size.FULL: 600}[size]  # of which a machine that is left alone needs 50
    dice, aim = random.Random(seed), Aim()
    close: list[float] = []
    async with stacks.rig(people=2 * rounds * in_a_round + 10, seed=seed) as stack:
        for _ in range(rounds):
            plays, after_s = await round_at_the_edge(stack, dice, aim, in_a_round)
            await stories.compare(stack, plays)
            close += [seconds for seconds in after_s if abs(seconds) <= EDGE_S]
            if len(close) >= wanted and not one_sided(close):
                break
        figures = await stack.conclude()
    before = sum(1 for seconds in close if seconds <= 0)
    figures.notes.append(f"{len(close)} codes within 50 ms: {before} in time, {len(close) - before} too late")
    # How near a code comes is for the machine to say, so that the short form asks only for the right verdicts.
    if size is Size.FULL and (len(close) < wanted or one_sided(close)):
        figures.differences.append(f"void: {figures.notes[-1]}")
    return figures


def one_sided(close: list[float]) -> bool:
    """Whether fewer than a fifth of the codes are on either side of their deadline."""
    before = sum(1 for seconds in close if seconds <= 0)
    return min(before, len(close) - before) < len(close) / 5


async def ends(stacks: Stacks, size: Size, seed: int) -> Figures:
    """A thousand deals expire in the same second: all are final within two minutes, none is forgotten."""
    deals = {Size.SHORT: 8, Size.FULL: 1000}[size]
    async with stacks.rig(people=2 * deals + 3, seed=seed) as stack:
        plays, seconds = await all_in_one_second(stack, deals, random.Random(seed))
        await stories.compare(stack, plays)
        figures = await stack.conclude()
    figures.notes.append(f"the last of {deals} was final {seconds:.1f} s after the deadline of all")
    if size is Size.FULL and seconds > ALL_FINAL_WITHIN_S:
        figures.differences.append(figures.notes[-1])
    return figures


async def turns(stacks: Stacks, size: Size, seed: int) -> Figures:
    """Two deals wait on one wallet, and one deposit is enough for either: the older is paid, though workers die."""
    wanted = {Size.SHORT: 2, Size.FULL: 100}[size]
    async with stacks.rig(people=3 * wanted + 3, seed=seed) as stack:
        taken = await all_turns(stack, wanted, random.Random(seed))
        figures = await stack.conclude()
    interrupted = sum(1 for turn in taken if turn.interrupted)
    figures.notes.append(f"{len(taken)} deposits; in {interrupted} turns a worker died between deposit and payment")
    if not figures.kills or (size is Size.FULL and interrupted < len(taken) / 5):
        figures.differences.append(f"void: {figures.notes[-1]}")
    return figures


ALL_FINAL_WITHIN_S = 120.0
PROOFS: dict[str, Proof] = {
    "model": model,
    "crashes": crashes,
    "answers": answers,
    "commands": commands,
    "moments": moments,
    "ends": ends,
    "turns": turns,
}
