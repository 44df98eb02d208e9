"""`holdfast admin …`: the first administrator, who cannot be created with a browser."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from settings import MarketSettings

app = typer.Typer(help="Administrators, who log in at /admin.", no_args_is_help=True)


@app.command("create")
def create_administrator(
    name: Annotated[str, typer.Argument(help="Full name.")],
    login: Annotated[str, typer.Option(help="The name to log in with.")],
    email: Annotated[str | None, typer.Option(help="For links for a new password, and news of TRX.")] = None,
    approver: Annotated[bool, typer.Option("--approver", help="May also approve what others ask for.")] = False,
    arbiter: Annotated[bool, typer.Option("--arbiter", help="May also decide disputes.")] = False,
) -> None:
    """Make an administrator. The password is asked for, or read from a line of standard input."""
    from edge.characters import is_email  # noqa: PLC0415  # see above
    from edge.console import Failed, named, say  # noqa: PLC0415  # commands import what they start: `--help` is quick
    from edge.startup import load  # noqa: PLC0415  # see above
    from settings import MarketSettings  # noqa: PLC0415  # see above

    if email is not None and not is_email(email):
        raise Failed("This is not an e-mail address.")
    named(name)
    settings = load(MarketSettings)
    operator_id = asyncio.run(_create(settings, name, login, email, _password(), approver=approver, arbiter=arbiter))
    say(f"operator {operator_id}, {name}, an administrator: logs in as {login} at {settings.public_url}/admin")


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


async def _create(
    settings: MarketSettings,
    name: str,
    login: str,
    email: str | None,
    password: str,
    *,
    approver: bool,
    arbiter: bool,
) -> UUID:
    from domain.errors import Refusal  # noqa: PLC0415  # see above
    from edge.console import Failed  # noqa: PLC0415  # see above
    from edge.database import only_transaction  # noqa: PLC0415  # see above
    from edge.passwords import Passwords  # noqa: PLC0415  # see above
    from market.logins import credentials  # noqa: PLC0415  # see above
    from market.operators import add_administrator  # noqa: PLC0415  # see above

    try:
        chosen = await credentials(Passwords(), login, password)
        async with only_transaction(settings.database_url) as session:
            rights = {"approver": approver, "arbiter": arbiter}
            added = await add_administrator(session, name, chosen, email=email, **rights)
        return added.value.id
    except Refusal as refused:
        raise Failed(refused.detail) from None
