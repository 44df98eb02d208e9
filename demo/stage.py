"""The stage: acts run at the same time and are shown one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from rich.console import Console


@dataclass
class Scene:
    """The output of one act: lines are kept until its turn, then shown as they come."""

    letter: str
    title: str
    console: Console
    lines: list[str] = field(default_factory=list)
    on_stage: bool = False

    def say(self, line: str) -> None:
        if self.on_stage:
            self._show(line)
        else:
            self.lines.append(line)

    def enter(self) -> None:
        self.console.print(f"\n[bold cyan]({self.letter})[/] [bold]{self.title}[/]")
        self.on_stage = True
        for line in self.lines:
            self._show(line)

    def _show(self, line: str) -> None:
        self.console.print(f"    {line}", soft_wrap=True)


Act = Callable[[Scene], Awaitable[None]]


async def perform(console: Console, acts: Sequence[tuple[str, str, Act]], meanwhile: Callable[[], str]) -> list[str]:
    """Plays all acts at once and shows them in order; returns what went wrong, act by act.

    `meanwhile` reports after each act how far the others are.
    """
    scenes = [Scene(letter, title, console) for letter, title, _ in acts]
    plays = [asyncio.ensure_future(act(scene)) for (_, _, act), scene in zip(acts, scenes, strict=True)]
    broken: list[str] = []
    try:
        for scene, play in zip(scenes, plays, strict=True):
            scene.enter()
            try:
                await play
            except Exception as error:  # noqa: BLE001 # the other acts are still shown; the demo fails at the end
                broken.append(f"({scene.letter}) {type(error).__name__}: {error}")
                console.print(f"    [bold red]not as it must be:[/] {error}")
            console.print(f"    [dim]meanwhile: {meanwhile()}[/]")
    finally:
        for play in plays:
            play.cancel()
    return broken
