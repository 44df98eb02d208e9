"""Workers die at every place with a name; the deals that others take over end as they must."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Iterator, Sequence

from tests.prove import chain_scenes, incoming_scenes, scenes, stories, wallet_scenes, webhook_scenes
from tests.prove.play import Play
from tests.prove.rig import Rig
from tests.prove.scenes import Scene

# Every activity of every saga, by the step that it is about where there are several. A step with a bank has a place
# after its effect and one after its commit, a transaction the latter; the death inside a compensation is that around
# what is in the second list.
STEPS = (
    "open_operation",
    "debit",
    "capture_hold",
    "credit_seller",
    "pay_commission",
    "end_deal",
)
UNDOING_STEPS = ("void_hold", "claw_back")
TRANSACTIONS = (
    "assess_deal",
    "close_deal",
    "resume_payment",
)
# The short proof dies here: between the bank's answer and its record, and between the commit and the signals. A scene
# takes as long as ten stories, so that there is only one, with one death.
GAPS = ("debit:after-effect", "debit:after-commit")
ARMED_AT_ONCE = 4
SCENES = (*scenes.SCENES, *wallet_scenes.SCENES, *incoming_scenes.SCENES, *chain_scenes.SCENES, *webhook_scenes.SCENES)


IN_VAIN = 3  # tellings of a scene at which no worker died: one that dies early may keep it from a later point


def points() -> list[str]:
    """Every fail point of the sagas; one that is in several scenes is proved in each of them."""
    return list(dict.fromkeys([*story_points(), *(point for scene in SCENES for point in scene.points)]))


def one_death(dice: random.Random, scene: Scene) -> Scene:
    """The scene with one of its places, at which something has happened."""
    return Scene(scene.play, [dice.choice(scene.points[1:])])


def story_points() -> list[str]:
    """Those that random stories come to by themselves."""
    return [
        *(point for name in (*STEPS, *UNDOING_STEPS) for point in scenes.step(name)),
        *(point for name in TRANSACTIONS for point in scenes.transaction(name)),
    ]


async def die_everywhere(rig: Rig, wanted: Sequence[str], seed: int, at_once: int = 3 * ARMED_AT_ONCE) -> list[Play]:
    """Plays stories, `at_once`, until a worker has died at each of `wanted`; workers die as long as any is played."""
    hit: list[str] = []
    waiting = iter(wanted)
    dying = [asyncio.create_task(_die_in_turn(rig, waiting, hit)) for _ in range(ARMED_AT_ONCE)]
    all_hit = asyncio.gather(*dying)
    numbers = iter(range(10_000))
    try:
        plays = await asyncio.gather(*(_tell_until(rig, all_hit, numbers, seed) for _ in range(at_once)))
        await all_hit
    finally:
        all_hit.cancel()
    assert sorted(hit) == sorted(wanted), "a worker lived where it was to die"
    rig.figures.kills += len(hit)
    return [play for shown in plays for play in shown]


async def die_in_scenes(rig: Rig, played: Sequence[Scene]) -> list[Play]:
    """Plays scenes; the only worker is armed with the first of its points, the next with the next, and so on."""
    plays = []
    for scene in played:
        waiting = list(scene.points)
        in_vain = 0
        while waiting and in_vain < IN_VAIN:
            left = len(waiting)
            dying = asyncio.create_task(_die_one_by_one(rig, waiting))
            try:
                if (play := await scene.play(rig)) is not None:
                    plays.append(play)
            except Exception as error:  # noqa: BLE001  # a scene that broke off is a finding
                name = f"scene {scene.name}"
                rig.figures.differences.append(f"{name}: {type(error).__name__}: {error}")
            dying.cancel()
            await asyncio.gather(dying, return_exceptions=True)
            in_vain = in_vain + 1 if len(waiting) == left else 0
        rig.figures.differences += [f"no worker died at {point}" for point in waiting]
    return plays


async def _die_one_by_one(rig: Rig, waiting: list[str]) -> None:
    """Removes from `waiting` the points where a worker has died; after the last one an ordinary worker takes over."""
    while True:
        worker = await rig.workers.one(waiting[0] if waiting else None)
        try:
            await worker.wait()
        finally:
            await (
                worker.stop()
            )  # the scene may be over a moment before its worker is dead: one that lives ends by itself
            if waiting and worker.exit_status == -signal.SIGKILL:
                del waiting[0]
                rig.figures.kills += 1


async def _die_in_turn(rig: Rig, waiting: Iterator[str], hit: list[str]) -> None:
    for point in waiting:
        worker = await rig.workers.one(point)
        try:
            status = await worker.wait()
        finally:
            await worker.stop()
        assert status == -signal.SIGKILL, f"the worker that was to die at {point} ended with {status}"
        hit.append(point)


async def _tell_until(rig: Rig, all_hit: asyncio.Future[list[None]], numbers: Iterator[int], seed: int) -> list[Play]:
    shown = []
    while not all_hit.done():
        number = next(numbers)
        try:
            shown.append(await stories.story(rig, random.Random(f"{seed}/{number}")))
        except Exception as error:  # noqa: BLE001  # a story that broke off is a finding
            rig.figures.differences.append(f"story {number}: {type(error).__name__}: {error}")
    return shown
