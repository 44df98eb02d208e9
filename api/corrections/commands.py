"""`holdfast correction …`: corrections of wallets over REST, with the operator's own API key, from a terminal."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from api.overrides.commands import PAGE, call
from edge.console import say

app = typer.Typer(
    help="Corrections of wallets, with the operator's key in HOLDFAST_OPERATOR_KEY.", no_args_is_help=True
)

Correction = Annotated[str, typer.Argument(help="Id of the correction.")]


@app.command()
def request(
    wallet: Annotated[str, typer.Argument(help="Id of the wallet.")],
    direction: Annotated[str, typer.Argument(help="in or out.")],
    amount: Annotated[str, typer.Argument(help="Such as 115.60.")],
    currency: Annotated[str, typer.Argument(help="The wallet's currency.")],
    reason: Annotated[str, typer.Option(help="Why. The wallet's owner reads it, and it is kept for good.")],
) -> None:
    """Ask for money to go into a wallet or out of it, to put a mistake right."""
    money = {"amount": amount, "currency": currency}
    _show(
        call("POST", "/corrections", {"wallet_id": wallet, "direction": direction, "amount": money, "reason": reason})
    )


@app.command()
def approve(correction: Correction) -> None:
    """Approve what another operator asked for: the money moves. Needs the key of an approver."""
    _show(call("POST", f"/corrections/{correction}/approval", {"approve": True}))


@app.command()
def reject(correction: Correction) -> None:
    """Reject what another operator asked for. Needs the key of an approver."""
    _show(call("POST", f"/corrections/{correction}/approval", {"approve": False}))


@app.command()
def retract(correction: Correction) -> None:
    """Retract your own correction."""
    _show(call("POST", f"/corrections/{correction}/retraction", {}))


@app.command("list")
def list_() -> None:
    """List the corrections that wait for a second person, as lines of JSON."""
    items = call("GET", f"/corrections?open_only=true&limit={PAGE}")["items"]
    for row in items:
        sys.stdout.write(json.dumps(row) + "\n")
    if not items:
        say("No correction waits.")


def _show(correction: dict[str, Any]) -> None:
    waits = "; it waits for an approver" if correction["state"] == "requested" else ""
    say(f"The correction is {correction['state']}{waits}. Its id:")
    sys.stdout.write(f"{correction['id']}\n")
