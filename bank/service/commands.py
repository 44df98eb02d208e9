"""`holdfast bank-key …`: the bank's API keys."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from edge.console import say

if TYPE_CHECKING:
    from bank.service.settings import BankSettings

keys = typer.Typer(help="API keys of the bank.", no_args_is_help=True)

ExpiresInDays = Annotated[int | None, typer.Option(min=1, help="The key ends after this many days.")]


@keys.command("create")
def create_bank_key(
    name: Annotated[str, typer.Argument(help="Whose key it is. Keys of one name see the same operations.")],
    scope: Annotated[list[str], typer.Option(help="payments, payouts, platform, balances or admin; may be repeated.")],
    expires_in_days: ExpiresInDays = None,
) -> None:
    """Make an API key of the bank. The key is printed this once."""
    from bank.service.console import issue_key  # noqa: PLC0415  # commands import what they start

    secret = asyncio.run(issue_key(_settings(), name, scope, expires_in_days))
    say(f"a key of {name} at the bank, shown this once:")
    print(secret)  # noqa: T201  # see above


@keys.command("list")
def list_bank_keys() -> None:
    """List the bank's API keys: prefix, name, scopes, state."""
    from bank.service.console import list_keys  # noqa: PLC0415  # see above

    for line in asyncio.run(list_keys(_settings())):
        print(line)  # noqa: T201  # what a script wants goes to standard output


@keys.command("revoke")
def revoke_bank_key(prefix: Annotated[str, typer.Argument(help="The twelve characters after hf_bank_.")]) -> None:
    """Revoke an API key of the bank, at once."""
    from bank.service.console import revoke_key  # noqa: PLC0415  # see above

    asyncio.run(revoke_key(_settings(), prefix))
    say(f"The key {prefix} is revoked.")


def _settings() -> BankSettings:
    from bank.service.settings import BankSettings  # noqa: PLC0415  # see above
    from edge.startup import load  # noqa: PLC0415  # see above

    return load(BankSettings)
