"""Operators with the Temporal CLI: workflows are terminated, reset and cancelled in the middle of their sagas."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

from devstack.temporal import binary
from tests.prove.play import Part, Play
from tests.prove.rig import Rig

RESETS = ("FirstWorkflowTask", "LastWorkflowTask")
COMMANDS = (("terminate",), *(("reset", "--type", where) for where in RESETS))
EVERY_S = 0.4


async def temporal(rig: Rig, command: str, workflow_id: str, *options: str) -> bool:
    """`temporal workflow command` on one workflow; returns whether the server accepted it."""
    client = rig.market.environment.client
    where = ("--address", client.service_client.config.target_host, "--namespace", client.namespace)
    process = await asyncio.create_subprocess_exec(
        str(binary()), "workflow", command, "--workflow-id", workflow_id, *options, *where,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    return await process.wait() == 0


async def meddle(rig: Rig, dice: random.Random) -> None:
    """Repeatedly terminates or resets any running workflow of a deal, payment or refund. Never ends.

    One is left alone twice as long each time: on a busy machine it would not come to its next step otherwise.
    """
    met, again_at, clock = Counter[str](), dict[str, float](), asyncio.get_running_loop().time
    while True:
        running = sorted(await rig.market.sagas.open_workflow_ids())
        running = [one for one in running if again_at.get(one, 0.0) <= clock()]
        if running:
            workflow_id = dice.choice(running)
            met[workflow_id] += 1
            again_at[workflow_id] = clock() + EVERY_S * 2 ** met[workflow_id]
            if dice.random() < 0.5:
                done = await temporal(rig, "terminate", workflow_id, "--reason", "drill")
            else:
                done = await temporal(rig, "reset", workflow_id, "--type", dice.choice(RESETS), "--reason", "drill")
            rig.figures.drills += done
        await asyncio.sleep(EVERY_S)


async def met_by_hand(rig: Rig, dice: random.Random, *command: str) -> Play:
    """A deal of which the payment's workflow meets `command` while it awaits its code; it is paid all the same."""
    price = dice.randrange(2_00, 900_00)
    play = await Play.begin(rig, price, 500)
    part = await play.pay(price)
    await _command(rig, rig.market.workflow(part.payment).id, *command, "--reason", "drill")
    await play.submit(part)
    await play.finish()
    return play


async def cancelled_by_hand(rig: Rig, dice: random.Random) -> Play:
    """A deal of which a payment, or the whole, is cancelled from the command line before the price is reached."""
    price = dice.randrange(2_00, 900_00)
    play = await Play.begin(rig, price, 500)
    part = await play.pay(price // 2)
    held = dice.random() < 0.5
    if held:
        await play.submit(part)
        await play.answered(part)
    if dice.random() < 0.5:
        await _command(rig, rig.market.workflow(part.payment).id, "cancel")
        part.withdrawn = True
        await rig.watch.until(part.payment, "refunded" if held else "cancelled")
        rest: Part = await play.pay(price)
        await play.submit(rest)
    else:
        await _command(rig, rig.market.workflow(play.deal).id, "cancel")
        play.undone_by = "operator"
    await play.finish()
    return play


async def _command(rig: Rig, workflow_id: str, command: str, *options: str) -> None:
    while not await temporal(rig, command, workflow_id, *options):
        await asyncio.sleep(0.2)  # it is not running for the moment
    rig.figures.drills += 1
