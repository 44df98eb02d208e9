"""`holdfast restored …`: the way on after the market's database was restored from an older copy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from audit.ahead import Ahead
    from bank.client import BankClient
    from edge.database import Database
    from settings import MarketSettings

app = typer.Typer(help="After the database was restored from an older copy.", no_args_is_help=True)

By = Annotated[str, typer.Option(help="Who decides.")]
Why = Annotated[str, typer.Option(help="Why. It is kept for good.")]
WITHIN_S = 120.0


@app.command()
def show() -> None:
    """Say whether the books are behind, and what the bank has that they have not."""
    from edge.console import say  # noqa: PLC0415  # commands import what they start, so that `--help` is quick

    since, ahead = asyncio.run(_looked(_settings()))
    say("The books are current." if since is None else f"The books are behind since {since}: nothing new is written.")
    _list(ahead)


@app.command("return-strays")
def return_strays() -> None:
    """Give back, at the bank, what it took for payments that the books do not know. Repeating it changes nothing."""
    from edge.console import Failed, say  # noqa: PLC0415  # see above

    left = asyncio.run(_strays_returned(_settings()))
    if left:
        raise Failed(f"not returned: {', '.join(left)}")
    say("Nothing is left of payments that the books do not know.")


@app.command()
def resume(by: By, why: Why) -> None:
    """Take the books as they are: let rows catch up with the bank, start every open row again, and admit new money."""
    from edge.console import Failed, say  # noqa: PLC0415  # see above

    complaint = asyncio.run(_resumed(_settings(), by, why))
    if complaint:
        raise Failed(complaint)
    say("The books are current. Run `holdfast audit` next.")


def _settings() -> MarketSettings:
    from edge.startup import load  # noqa: PLC0415  # see above
    from settings import MarketSettings  # noqa: PLC0415  # see above

    return load(MarketSettings)


def _list(ahead: Ahead) -> None:
    from edge.console import say  # noqa: PLC0415  # see above

    for payment, operation in ahead.held:
        say(f"payment {payment.id}: the bank has {operation.amount} under {operation.key}; resume books it")
    for payment, operation in ahead.refunded:
        said = f"the bank has {operation.amount} under {operation.key} and gave {operation.refunded} of it back"
        say(f"payment {payment.id}: {said}; refund the rest by hand before you resume")
    for operation in ahead.strays:
        said = f"{operation.amount} of {operation.payer_account} for deal {operation.reference}"
        say(f"stray debit {operation.key} ({operation.status}): {said}; return-strays gives it back")
    for payout in ahead.payouts:
        say(f"stray payout {payout.key}: {payout.amount} to {payout.payee_account}; its wallet still has the money")


async def _looked(settings: MarketSettings) -> tuple[str | None, Ahead]:
    from audit.ahead import look_ahead  # noqa: PLC0415  # see above
    from store.checkpoint import checkpoint  # noqa: PLC0415  # see above

    database, bank = _stores(settings)
    try:
        async with database.transaction() as session:
            row = await checkpoint(session)
        since = None if row.behind_since is None else f"{row.behind_since:%Y-%m-%d %H:%M:%S} UTC"
        return since, await look_ahead(database, bank)
    finally:
        await bank.aclose()
        await database.close()


async def _strays_returned(settings: MarketSettings) -> list[str]:
    from audit.ahead import look_ahead  # noqa: PLC0415  # see above
    from audit.restored import return_stray  # noqa: PLC0415  # see above

    database, bank = _stores(settings)
    try:
        ahead = await look_ahead(database, bank)
        return [complaint for stray in ahead.strays if (complaint := await return_stray(bank, stray))]
    finally:
        await bank.aclose()
        await database.close()


async def _resumed(settings: MarketSettings, by: str, why: str) -> str | None:
    from audit.looks import BankSilent  # noqa: PLC0415  # see above
    from audit.restored import Unsettled, resume_books  # noqa: PLC0415  # see above
    from sagas import NotDone, Sagas, TemporalNotReached, connect  # noqa: PLC0415  # see above

    database, bank = _stores(settings)
    try:
        sagas = Sagas(await connect(lazy=True), settings.task_queue)
        await resume_books(database, bank, sagas, by, why)
        await sagas.sweep_now(within_s=WITHIN_S, restart_ended=True)
    except (Unsettled, NotDone, BankSilent, TemporalNotReached) as error:
        return str(error)
    finally:
        await bank.aclose()
        await database.close()
    return None


def _stores(settings: MarketSettings) -> tuple[Database, BankClient]:
    from bank.client import BankClient  # noqa: PLC0415  # see above
    from edge.database import Database  # noqa: PLC0415  # see above

    key = settings.bank_api_key.get_secret_value()
    return Database(settings.database_url, pool_size=2), BankClient(settings.bank_url, key)
