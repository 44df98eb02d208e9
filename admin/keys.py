"""`holdfast marketplace`, `operator` and `key`: who may call the market, with which key and rights."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer

from domain.roles import Scope
from edge.console import Failed, named, say

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from market.api_keys import Issued

T = TypeVar("T")

marketplaces = typer.Typer(help="Marketplaces and their API keys.", no_args_is_help=True)
operators = typer.Typer(help="Operators and their API keys.", no_args_is_help=True)
market_keys = typer.Typer(help="API keys of the market.", no_args_is_help=True)

Name = Annotated[str | None, typer.Argument(help="Not needed with --key-only.", callback=named)]
KeyOnly = Annotated[UUID | None, typer.Option(help="Only make another key, for the owner with this id.")]
Approver = Annotated[bool, typer.Option("--approver", help="May approve what other operators have asked for.")]
Arbiter = Annotated[bool, typer.Option("--arbiter", help="May decide disputes.")]
Email = Annotated[str | None, typer.Option(help="Where an arbiter gets mails about disputes.")]
Administrator = Annotated[
    bool, typer.Option("--administrator", help="Has an administrator's rights over REST too; has no log-in.")
]
Scopes = Annotated[
    list[Scope] | None, typer.Option("--scope", help="What the key is for; repeatable. Default: everything.")
]
ExpiresInDays = Annotated[int | None, typer.Option(min=1, help="The key ends after this many days.")]


@marketplaces.command("create")
def create_marketplace(
    name: Name = None, key_only: KeyOnly = None, expires_in_days: ExpiresInDays = None, scope: Scopes = None
) -> None:
    """Make a marketplace with its first API key. The key is printed this once."""
    from market.api_keys import issue_to_marketplace

    owner, scopes = _owner(name, key_only), scope or list(Scope)
    _issue("marketplace", partial(issue_to_marketplace, owner=owner, expires_in_days=expires_in_days, scopes=scopes))


@operators.command("create")
def create_operator(
    name: Name = None,
    key_only: KeyOnly = None,
    expires_in_days: ExpiresInDays = None,
    approver: Approver = False,
    arbiter: Arbiter = False,
    administrator: Administrator = False,
    email: Email = None,
) -> None:
    """Make an operator, a person by name, with a first API key. The key is printed this once."""
    from market.api_keys import issue_to_operator

    if key_only is not None and (approver or arbiter or administrator or email):
        raise Failed("rights are given when an operator is made, and not with another key", 2)
    issue = partial(issue_to_operator, owner=_owner(name, key_only), expires_in_days=expires_in_days)
    rights = {"approver": approver, "arbiter": arbiter, "administrator": administrator}
    _issue("operator", partial(issue, **rights, email=_address(email)))


@operators.command("arbiter")
def make_arbiter(
    operator_id: Annotated[UUID, typer.Argument(help="The operator's id.")],
    email: Email = None,
    end: Annotated[bool, typer.Option("--end", help="Take the right away.")] = False,
) -> None:
    """Let an operator decide disputes, or with --end take that right away."""
    from market import operators as people

    change = partial(people.make_arbiter, operator_id=operator_id, email=_address(email), arbiter=not end)
    made = _committed(lambda session, _: change(session)).value
    mails = f"; news of disputes goes to {made.email}" if made.email and made.arbiter else ""
    say(f"operator {made.id}, {made.name}: {'decides disputes' if made.arbiter else 'decides no disputes'}{mails}")


@market_keys.command("revoke")
def revoke(prefix: Annotated[str, typer.Argument(help="The twelve characters after hf_mp_ or hf_op_.")]) -> None:
    """Revoke an API key of a marketplace or an operator, at once."""
    from market import api_keys

    if not _committed(lambda session, _: api_keys.revoke(session, prefix)):
        raise Failed(f"there is no live key with the prefix {prefix}")
    say(f"The key {prefix} is revoked.")


# --- implementation of the commands


def _address(email: str | None) -> str | None:
    from edge.characters import is_email

    if email is not None and not is_email(email):
        raise Failed("This is not an e-mail address.", 2)
    return email


def _owner(name: str | None, key_only: UUID | None) -> str | UUID:
    owner = name or key_only
    if owner is None or (name and key_only):
        raise Failed("give either a NAME or --key-only ID", 2)
    return owner


def _issue(kind: str, act: Callable[[AsyncSession, bytes], Awaitable[Issued]]) -> None:
    issued = _committed(act)
    say(f"{kind} {issued.owner_id}, {issued.owner}; its key, shown this once:")
    print(issued.secret)


def _committed(act: Callable[[AsyncSession, bytes], Awaitable[T]]) -> T:
    """Carries out an act of the market, which is given its session and the pepper."""
    from edge.database import only_transaction
    from edge.startup import load
    from settings import MarketSettings

    settings = load(MarketSettings)

    async def run() -> T:
        async with only_transaction(settings.database_url) as session:
            return await act(session, settings.pepper_bytes)

    return asyncio.run(run())
