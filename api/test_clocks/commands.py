"""`holdfast test-clock …`: a sandbox's time, over REST, with an operator's own API key, from a terminal."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.overrides.commands import call

app = typer.Typer(help="Time in a sandbox, with an operator's key in HOLDFAST_OPERATOR_KEY.", no_args_is_help=True)


@app.command()
def advance(
    deal: Annotated[str, typer.Argument(help="Id of the deal.")],
    seconds: Annotated[int, typer.Argument(min=1, help="By how much its time is moved ahead.")],
) -> None:
    """Move one deal's time ahead, so that what is due by then happens at once. Prints its time."""
    moved = call("POST", f"/deals/{deal}/test-clock", {"seconds": seconds})
    sys.stdout.write(f"{moved['now']}\n")


@app.callback()
def _one_of_several() -> None:
    """A command of its own, though there is only one."""
