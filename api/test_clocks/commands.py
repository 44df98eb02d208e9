"""`holdfast test-clock …`: a sandbox's time, over REST, with an operator's own API key, from a terminal."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from api.overrides.commands import call

app = typer.Typer(help="Time in a sandbox, with an operator's key in HOLDFAST_OPERATOR_KEY.", no_args_is_help=True)


class Noun(StrEnum):
    """What has a time of its own."""

    DEAL = "deal"
    WITHDRAWAL = "withdrawal"
    WEBHOOK_ENDPOINT = "webhook-endpoint"


@app.command()
def advance(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Id of the deal, withdrawal or webhook endpoint.")],
    seconds: Annotated[int, typer.Argument(min=1, help="By how much its time is moved ahead.")],
    of: Annotated[Noun, typer.Option(help="What the id is of.")] = Noun.DEAL,
) -> None:
    """Move the time of a deal, withdrawal or webhook endpoint ahead, so that what is due by then happens at once.

    Prints the deal's new time, or the state that the withdrawal or endpoint has then.
    """
    moved = call("POST", f"/{of}s/{id_}/test-clock", {"seconds": seconds})
    sys.stdout.write(f"{moved['now' if of == Noun.DEAL else 'state']}\n")


@app.callback()
def _one_of_several() -> None:
    """A command of its own, though there is only one."""
