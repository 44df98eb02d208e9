"""`holdfast restored …`: what to do after the market's database was restored from an older copy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from audit.ahead import Ahead
    from edge.database import Database
    from market.banks import BankClients
    from settings import MarketSettings

T = TypeVar("T")

app = typer.Typer(help="What to do after the database was restored from an older copy.", no_args_is_help=True)

By = Annotated[str, typer.Option(help="Who decides.")]
Why = Annotated[str, typer.Option(help="Why. It is kept for good.")]
WITHIN_S = 120.0


@app.command()
def show() -> None:
    """Show whether the books are behind, and what the bank has that the books lack."""
    _list(_with_stores(_looked))


@app.command("return-strays")
def return_strays() -> None:
    """Have the bank return what it took for payments that the books do not know. Safe to repeat."""
    from edge.console import Failed, say  # noqa: PLC0415  # commands import what they start, so that `--help` is quick

    left = _with_stores(_strays_returned)
    if left:
        raise Failed(f"not returned: {', '.join(left)}")
    say("Nothing is left of payments that the books do not know.")


@app.command()
def resume(by: By, why: Why) -> None:
    """Accept the books: let rows catch up with the bank, start every open workflow again, and admit new money."""
    from edge.console import say  # noqa: PLC0415  # see above

    async def resumed(settings: MarketSettings, database: Database, banks: BankClients) -> None:
        await _resumed(settings, database, banks, by, why)

    _with_stores(resumed)
    say("The books are current. Run `holdfast audit` next.")


def _with_stores(job: Callable[[MarketSettings, Database, BankClients], Awaitable[T]]) -> T:
    """The result of `job` on books and bank. If the bank does not answer, says so and what to do."""
    from audit.looks import BankSilent  # noqa: PLC0415  # see above
    from edge.console import Failed  # noqa: PLC0415  # see above
    from edge.database import Database  # noqa: PLC0415  # see above
    from edge.startup import load  # noqa: PLC0415  # see above
    from market.banks import banks_of  # noqa: PLC0415  # see above
    from settings import MarketSettings  # noqa: PLC0415  # see above

    settings = load(MarketSettings)

    async def run() -> T:
        database = Database(settings.database_url, pool_size=2)
        banks = banks_of(settings, database, asks_disabled=True)
        try:
            return await job(settings, database, banks)
        finally:
            await banks.aclose()
            await database.close()

    try:
        return asyncio.run(run())
    except BankSilent as silent:
        said = f"the bank at {settings.bank_url} did not answer ({silent})"
        raise Failed(f"{said}: check that it runs and accepts the API key, then repeat the command") from None


def _list(ahead: Ahead) -> None:
    from edge.console import say  # noqa: PLC0415  # see above

    for payment, operation in ahead.held:
        say(f"payment {payment.id}: the bank has {operation.amount} under {operation.key}; resume books it")
    for payment, operation in ahead.refunded:
        said = f"the bank has {operation.amount} under {operation.key} and refunded {operation.refunded} of it"
        say(f"payment {payment.id}: {said}; refund the rest by hand before you resume")
    for operation in ahead.strays:
        said = f"{operation.amount} of {operation.payer_account} for deal {operation.reference}"
        say(f"stray debit {operation.key} ({operation.status}): {said}; return-strays refunds it")
    for payout in ahead.payouts:
        say(f"stray payout {payout.key}: {payout.amount} to {payout.payee_account}; its wallet still has the money")


async def _looked(settings: MarketSettings, database: Database, banks: BankClients) -> Ahead:
    """Reports first whether the books are behind: this is known even if the bank does not answer."""
    from audit.ahead import look_ahead  # noqa: PLC0415  # see above
    from edge.console import say  # noqa: PLC0415  # see above
    from store.operations.checkpoint import behind_since  # noqa: PLC0415  # see above

    async with database.transaction() as session:
        since = await behind_since(session)
    if since is None:
        say("The books are current.")
    else:
        say(f"The books are behind since {since:%Y-%m-%d %H:%M:%S} UTC: nothing new is written.")
        say("Next: return-strays, if strays are listed below; then resume, which books the rest and admits new money.")
    return await look_ahead(database, banks)


async def _strays_returned(settings: MarketSettings, database: Database, banks: BankClients) -> list[str]:
    from audit.ahead import look_ahead  # noqa: PLC0415  # see above
    from audit.restored import return_stray  # noqa: PLC0415  # see above

    ahead = await look_ahead(database, banks)
    return [complaint for stray in ahead.strays if (complaint := await return_stray(banks, stray))]


async def _resumed(settings: MarketSettings, database: Database, banks: BankClients, by: str, why: str) -> None:
    from audit.restored import Unsettled, resume_books  # noqa: PLC0415  # see above
    from edge.console import Failed  # noqa: PLC0415  # see above
    from sagas import NotDone, Sagas, connect  # noqa: PLC0415  # see above

    sagas = Sagas(await connect(settings.payload_key_bytes, lazy=True), settings.task_queue)
    try:
        await resume_books(database, banks, sagas, by, why)
        await sagas.redrive_now(within_s=WITHIN_S, restart_ended=True)
    except Unsettled as error:
        raise Failed(str(error)) from None
    except NotDone as error:
        said = f"the books are current, but open rows were not started again: {error}"
        raise Failed(f"{said}. Repeat the command") from None
