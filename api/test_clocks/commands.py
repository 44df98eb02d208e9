"""`holdfast test-clock …`: a sandbox's time, over REST, with an operator's own API key, from a terminal."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Final

import typer

from api.overrides.commands import call

app = typer.Typer(help="Time in a sandbox, with an operator's key in HOLDFAST_OPERATOR_KEY.", no_args_is_help=True)


class Noun(StrEnum):
    """What has a time of its own."""

    DEAL = "deal"
    WITHDRAWAL = "withdrawal"
    WEBHOOK_ENDPOINT = "webhook-endpoint"
    ACCOUNT = "account"


_SHOWS: Final = {Noun.DEAL: "now", Noun.ACCOUNT: "payout_from"}


@app.command()
def advance(
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the deal, withdrawal, webhook endpoint or bank account.")
    ],
    seconds: Annotated[int, typer.Argument(min=1, help="By how much its time is moved ahead.")],
    of: Annotated[Noun, typer.Option(help="What the id is of.")] = Noun.DEAL,
    user: Annotated[str, typer.Option(help="Id of the account's user; for an account alone.")] = "",
) -> None:
    """Move the time of a deal, withdrawal, webhook endpoint or account ahead. What is due by then happens at once.

    Prints the deal's new time, the withdrawal's or endpoint's state, or when payouts to the account begin.
    """
    if (of == Noun.ACCOUNT) != bool(user):
        raise typer.BadParameter("An account is named with its user, and nothing else is.", param_hint="--user")
    owner = f"/users/{user}" if user else ""
    moved = call("POST", f"{owner}/{of}s/{id_}/test-clock", {"seconds": seconds})
    sys.stdout.write(f"{moved[_SHOWS.get(of, 'state')] or 'not chosen for payouts'}\n")


@app.callback()
def _one_of_several() -> None:
    """A command of its own, though there is only one."""
