"""The command line: schemas, keys, the redriver, the audit, health, and the stack on one machine.

Settings come from `HOLDFAST_…` and `TEMPORAL_…`, or with `--stack` from a stack that `holdfast up` runs. Output for
scripts goes to standard output, everything else to standard error. Exit status: 0 done, 1 not done, 2 wrong usage.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn, TypeVar

import typer

from admin.commands import app as administrators
from admin.keys import market_keys, marketplaces, operators
from api.corrections.commands import app as corrections
from api.overrides.commands import app as overrides
from api.test_clocks.commands import app as test_clocks
from audit.commands import app as restored
from bank.service.commands import keys as bank_keys
from deploy_commands import app as deploy
from deploy_commands import replay_check
from devstack import DEFAULT_FOLDER
from edge import logs
from edge.console import Failed, call, role_in, say, status_of
from edge.startup import leave
from rails.commands import app as chain

if TYPE_CHECKING:
    from bank.service.settings import BankSettings
    from sagas import Sagas
    from settings import MarketSettings

T = TypeVar("T")

WITHIN_S: Final = 120.0

app = typer.Typer(
    help="Payments for a marketplace.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
app.add_typer(marketplaces, name="marketplace")
app.add_typer(operators, name="operator")
app.add_typer(administrators, name="admin")
app.add_typer(market_keys, name="key")
app.add_typer(bank_keys, name="bank-key")
app.add_typer(overrides, name="override")
app.add_typer(corrections, name="correction")
app.add_typer(test_clocks, name="test-clock")
app.add_typer(restored, name="restored")
app.add_typer(chain, name="chain")
app.add_typer(deploy, name="deploy")
app.command("replay-check")(replay_check)


def _say_build(asked: bool) -> None:
    if asked:
        from releases import BUILD_ID  # reads all of a worker's code

        sys.stdout.write(f"{BUILD_ID}\n")
        raise typer.Exit


@app.callback()
def settings_of_stack(
    stack: Annotated[Path | None, typer.Option(help="Use the settings of the stack in this folder.")] = None,
    version: Annotated[  # answered before any command
        bool, typer.Option("--version", help="Show which build this is, and exit.", is_eager=True, callback=_say_build)
    ] = False,
) -> None:
    if stack is None:
        return
    try:
        settings = json.loads((stack / "environment.json").read_text())["console"]
    except (OSError, ValueError, LookupError) as error:
        raise Failed(f"{stack} has no settings of a stack: {type(error).__name__}", 2) from None
    os.environ.update(settings)


@app.command()
def migrate(
    test_clock: Annotated[
        bool, typer.Option("--test-clock", help="Make an empty database a sandbox: the time of its deals can be moved.")
    ] = False,
) -> None:
    """Bring the market's database to the newest schema."""
    import store

    settings = _market()
    if settings.database_owner_url is None:
        raise Failed("HOLDFAST_DATABASE_OWNER_URL is needed to migrate", 2)
    store.migrate(settings.database_owner_url, role_in(settings.database_url), test_clock=test_clock)
    say("The market's database is up to date.")


@app.command("bank-migrate")
def bank_migrate() -> None:
    """Bring the bank's database to the newest schema."""
    from bank import service

    settings = _bank()
    if settings.database_owner_url is None:
        raise Failed("HOLDFAST_BANK_DATABASE_OWNER_URL is needed to migrate", 2)
    service.migrate(settings.database_owner_url, settings.database_app_role)
    say("The bank's database is up to date.")


@app.command("bank-seed")
def bank_seed(
    banks: Annotated[int, typer.Option(min=1, max=100)] = 10,
    clients: Annotated[int, typer.Option(min=1, max=1000, help="Per bank.")] = 100,
    accounts: Annotated[int, typer.Option(min=1, max=100, help="Per client.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same world in an empty bank.")] = 1,
    currency: Annotated[str, typer.Option(help="Currency of every account.")] = "RUB",
    balance: Annotated[str, typer.Option(help="Balance of every account.")] = "100000.00",
    key: Annotated[str | None, typer.Option(help="Keeps worlds with equal options apart.")] = None,
) -> None:
    """Add a world of banks, clients and accounts to the bank. Repeated with the same options it adds nothing."""
    from bank.service.seeding import plant_once

    world = asyncio.run(plant_once(_bank(), key, banks, clients, accounts, seed, currency, balance))
    say(f"{world.accounts} accounts of {world.clients} clients in the banks {world.bank_ids}; their digest:")
    print(world.digest)


@app.command()
def redrive() -> None:
    """Signal every open workflow now, idle ones included, and start those that are missing."""
    report = _with_sagas(lambda sagas: sagas.redrive_now(within_s=WITHIN_S))
    if report.behind:
        raise Failed("the books are behind the bank: `holdfast restored show` says by what")
    say(f"Open deals and payments: {report.due}; reached: {report.reached}.")


@app.command()
def directory() -> None:
    """Copy banks and fees from the bank clients now, instead of waiting for the next copy."""
    fees = _with_sagas(lambda sagas: sagas.copy_directory_now(within_s=WITHIN_S))
    say(f"Fees between banks: {fees}.")


@app.command()
def health() -> None:
    """Ask API, worker, bank and signer whether they are ready."""
    if not asyncio.run(_health(_market())):
        raise typer.Exit(1)


@app.command()
def audit(
    strict: Annotated[bool, typer.Option(help="A check with nothing to examine is a violation too.")] = False,
    grace: Annotated[float, typer.Option(min=0, help="For how many seconds something may be under way.")] = 60.0,
    metrics: Annotated[Path | None, typer.Option(help="Write the result for Prometheus to NAME.prom.")] = None,
) -> None:
    """Prove the books: every invariant, over market, bank, signer, chain and Temporal."""
    raise typer.Exit(call("audit.console:main", _market(), grace_s=grace, strict=strict, metrics=metrics))


@app.command()
def up(
    fresh: Annotated[bool, typer.Option("--fresh", help="Empty the folder first.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the stack keeps its state.")] = DEFAULT_FOLDER,
    bank_programs: Annotated[int, typer.Option(min=1, max=2, help="How many bank programs to start.")] = 1,
) -> None:
    """Start everything on this machine and stay up until Ctrl-C."""
    raise typer.Exit(call("devstack.up:run", folder=folder, fresh=fresh, bank_programs=bank_programs))


@app.command()
def demo(
    banks: Annotated[int, typer.Option(min=10, max=100, help="Banks in the world.")] = 10,
    clients: Annotated[int, typer.Option(min=100, help="Clients of all banks together.")] = 100,
    deals: Annotated[int, typer.Option(min=0, help="Deals of the crowd, in addition to those of the story.")] = 30,
    seed: Annotated[int, typer.Option(help="The same seed makes the same world and crowd.")] = 1,
    folder: Annotated[Path, typer.Option(help="Where the stack keeps its state; emptied first.")] = DEFAULT_FOLDER,
    stay: Annotated[
        bool | None, typer.Option("--stay/--no-stay", help="Stay up at the end; asked on a terminal.")
    ] = None,
) -> None:
    """Play the story on a fresh stack: real deals, faults included, and prove the books at the end."""
    raise typer.Exit(
        call("demo.run:run", banks=banks, clients=clients, deals=deals, seed=seed, folder=folder, stay=stay)
    )


# --- implementation of the commands


def _market() -> MarketSettings:
    from edge.startup import load
    from settings import MarketSettings

    return load(MarketSettings)


def _bank() -> BankSettings:
    from bank.service.settings import BankSettings
    from edge.startup import load

    return load(BankSettings)


def _with_sagas(job: Callable[[Sagas], Awaitable[T]]) -> T:
    from sagas import Sagas, connect

    settings = _market()

    async def run() -> T:
        return await job(Sagas(await connect(settings.payload_key_bytes, lazy=True), settings.task_queue))

    return asyncio.run(run())


async def _health(settings: MarketSettings) -> bool:
    from edge.health import callable_host, probe

    programs = {
        "api": f"http://{callable_host(settings.api_host)}:{settings.api_port}",
        "worker": f"http://{callable_host(settings.worker_host)}:{settings.worker_port}",
        "bank": settings.bank_url,
    } | ({"signer": settings.signer_url} if settings.signer_url else {})
    answers = await asyncio.gather(*map(probe, programs.values()))
    for name, (_, said) in zip(programs, answers, strict=True):
        print(f"{name:8}{said}")
    return all(ready for ready, _ in answers)


def main() -> NoReturn:
    """The console script."""
    logs.configure("holdfast", level=logging.WARNING)
    leave(status_of(app))


if __name__ == "__main__":
    main()
