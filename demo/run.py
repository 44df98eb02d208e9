"""Runs the demo: the stack, the world, the acts, the crowd, and the proof."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.prompt import Confirm

from demo import acts, agreements, drills, service_deals, top_ups
from demo.crowd import Crowd, trade
from demo.expect import Broken
from demo.market import NotReached, Refused
from demo.proof import prove, who_has_what
from demo.stage import Scene, perform
from demo.webhooks import hear_out, listening
from demo.world import World, make_world
from devstack import DEFAULT_FOLDER
from devstack.errors import StackError
from devstack.stack import Stack
from devstack.up import links

ACTS: list[tuple[str, str, Callable[[World, Scene], Awaitable[None]]]] = [
    ("a", "A deal paid in two parts between two banks", acts.two_parts),
    ("b", "The last part confirmed in the last second, while the bank sleeps", acts.last_second),
    ("c", "An underpaid deal", acts.underpaid),
    ("d", "A code entered after the deadline", acts.too_late),
    ("e", "A worker killed in the middle of a payment", drills.killed_worker),
    ("f", "A wrong code, five times", drills.guesses),
    ("g", "Second thoughts", agreements.second_thoughts),
    ("h", "A service, paid when the money comes", service_deals.paid_when_the_money_comes),
    ("i", "A service that is disputed, and divided", service_deals.divided_service),
    ("j", "A service paid in USDT, from outside", top_ups.paid_in_usdt),
]


def run(*, banks: int, clients: int, deals: int, seed: int, folder: Path, stay: bool | None) -> int:
    """The exit status: 0 only if every outcome is right. `stay` None asks, on a terminal."""
    console = Console(highlight=False)
    try:
        return asyncio.run(_play(console, banks, clients, deals, seed, folder, stay))
    except (StackError, Broken, NotReached, Refused) as error:
        console.print(f"[red]holdfast demo: {error}")
        return 1


async def _play(
    console: Console, banks: int, clients: int, deals: int, seed: int, folder: Path, stay: bool | None
) -> int:
    began = time.monotonic()
    console.print(f"[bold]Holdfast demo[/]: {banks} banks, {clients} clients, seed {seed}")
    async with Stack(folder, fresh=True, report=lambda line: console.print(f"[dim]  {line}")) as stack:
        world = await make_world(stack, banks=banks, clients=clients, seed=seed)
        async with listening(world.market) as listener:
            broken = await _story(console, world, deals, seed)
            broken += await prove(console, world)
            came, wrong = await hear_out(world.market, listener)
            console.print(f"[bold]Webhooks:[/] {came}")
        broken += wrong + await who_has_what(console, world)
        if stay or (stay is None and sys.stdin.isatty()):  # otherwise they will lead nowhere in a moment
            console.print(links(stack), soft_wrap=True)
        console.print(_verdict(broken, time.monotonic() - began))
        if stay is None:
            stay = sys.stdin.isatty() and not broken and Confirm.ask("Stay up, to look around?", default=True)
        if stay:
            console.print("Ctrl-C stops everything.")
            await stack.until_stopped()
        else:
            console.print(f"The state is kept: [bold]{_opens(folder)}[/] opens it again.", soft_wrap=True)
        await world.aclose()
    return 1 if broken else 0


def _opens(folder: Path) -> str:
    return "make up" if folder == DEFAULT_FOLDER else f'make up ARGS="--folder {folder}"'


async def _story(console: Console, world: World, deals: int, seed: int) -> list[str]:
    """The acts, with the crowd trading around them; returns what went wrong."""
    crowd = Crowd(deals)
    trading = asyncio.create_task(trade(world, crowd, seed))
    plays = [(letter, title, partial(act, world)) for letter, title, act in ACTS]
    broken = await perform(console, plays, lambda: f"{crowd.done} of {deals} deals of the crowd have ended")
    console.print("\n[bold cyan](k)[/] [bold]And around them, a crowd[/]")
    await trading
    ended = ", ".join(f"{count} {state}" for state, count in sorted(crowd.ended.items()))
    console.print(f"    all {deals} deals have ended: {ended or 'none'}")
    return broken + [f"(k) {wrong}" for wrong in crowd.wrong]


def _verdict(broken: list[str], took_s: float) -> str:
    if not broken:
        return f"[bold green]Every outcome is as it must be[/] ({took_s:.0f} s)"
    return "\n".join(["[bold red]Not as it must be:", *broken])
