"""`holdfast up`: everything on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from rich.console import Console

from devstack import second_bank
from devstack.errors import StackError
from devstack.people import ADMINISTRATOR, BUYER, KEY_KEPT_AS, SELLER, Settled, settle_people
from devstack.preparations import PREPARATIONS, TEST_CLOCK
from devstack.programs import PROGRAMS
from devstack.sandbox import has_test_clock, listed, open_test_accounts
from devstack.stack import Stack
from devstack.temporal import NAMESPACE
from texts.saved_views import SAVED_VIEWS, address

TITLES = {
    "pages": "Pages",
    "admin": "Administration",
    "api": "REST API",
    "api_docs": "API documentation",
    "temporal_ui": "Temporal UI",
    "mail": "Mails",
    "bank": "Bank client",
    "bank_docs": "Bank documentation",
    "faucet": "TRON faucet",
    "guides": "Documentation",
}


def run(*, folder: Path, fresh: bool = False, bank_programs: int = 1) -> int:
    """The exit status: 0 after an orderly stop, 1 when the stack could not start."""
    console = Console(highlight=False)
    try:
        asyncio.run(_stay_up(folder, fresh, bank_programs, console))
    except StackError as error:
        console.print(f"[red]holdfast up: {error}")
        return 1
    return 0


async def _stay_up(folder: Path, fresh: bool, bank_programs: int, console: Console) -> None:
    prepared, programs = [*PREPARATIONS, TEST_CLOCK], list(PROGRAMS)
    if bank_programs > 1:
        prepared.append(second_bank.PREPARATION)
        programs.append(second_bank.PROGRAM)
    async with Stack(folder, fresh=fresh, report=console.print, preparations=prepared, programs=programs) as stack:
        people = await settle_people(stack.site)
        console.print(links(stack), soft_wrap=True)
        if bank_programs > 1 and people is not None:
            await second_bank.settle(stack.site, people.password)
            banks = f"banks {second_bank.FIRST} and on; {second_bank.SELLER.login} is paid there"
            shown = f"{stack.site.http('bank_2')}: {banks}"
            console.print(titled([("Second bank client", shown)]), soft_wrap=True, markup=False)
        if people is not None:
            console.print(logins(people.password), soft_wrap=True)
            console.print(tour(stack, people), soft_wrap=True, markup=False)
            if accounts := await open_test_accounts(stack.site):
                console.print(titled(listed(accounts)), soft_wrap=True, markup=False)
            if await has_test_clock(stack.site):
                moved = f"POST {stack.site.http('api')}/api/v1/deals/{{id}}/test-clock"
                shown = f'{moved} {{"seconds": 86400}} moves one deal a day ahead'
                console.print(titled([("Test clock", shown)]), soft_wrap=True, markup=False)
        console.print("Ctrl-C stops everything; the state stays in", str(stack.state.path))
        await stack.until_stopped()


def links(stack: Stack) -> str:
    """The addresses, one a line."""
    urls = stack.urls
    lines = [f"{TITLES.get(name, name):20}{url}" for name, url in urls.items()]
    if ui := urls.get("temporal_ui"):
        # `start-dev` has this one namespace.
        views = [f"{view.name}: {address(view, f'{ui}/namespaces/{NAMESPACE}')}" for view in SAVED_VIEWS]
        lines += [f"{title:20}{view}" for title, view in zip_longest(["Views in Temporal"], views, fillvalue="")]
    return "\n".join(lines)


def logins(password: str) -> str:
    """The log-ins of the people; codes and links for them arrive in the mail catcher."""
    return (
        f"{'Log in':20}on the pages as {BUYER.login} or {SELLER.login}, at the administration as {ADMINISTRATOR}\n"
        f"{'Password of each':20}{password}"
    )


def tour(stack: Stack, people: Settled) -> str:
    """What to try, and the keys for it: the marketplace's, and that of the payment system for wallet deposits."""
    site = stack.site
    api, mails = f"{site.http('api')}/api/v1", stack.urls["mail"]
    deposit_key = site.secret("deposit_keys", "HOLDFAST_DEPOSIT_KEYS").split(",")[0].partition("=")[2]
    lines = [
        ("Try", f"buy as {BUYER.login}, enter the code from {mails}, and see the deal in Temporal"),
        ("", f"approve the skis as {ADMINISTRATOR}; sign up; get test money behind {stack.urls['pages']}my/wallets"),
    ]
    if KEY_KEPT_AS in site.state.secrets:
        key = site.secret(KEY_KEPT_AS)
        lines += [("Marketplace's key", key), ("", f'curl -H "Authorization: Bearer {key}" {api}/offers')]
    lines.append(("Deposit key", f"{deposit_key} for POST {api}/deposits"))
    # The command of this environment, which is not on everybody's path.
    command = Path(sys.executable).with_name("holdfast")
    lines.append(
        ("Administrator's key", f"made by: {command} --stack {site.state.path} operator create NAME --administrator")
    )
    if people.marketplace_id is not None:
        origins = f"POST {api}/marketplaces/{people.marketplace_id}/return-origins"
        lines.append(
            ("", f'allows the return sites of checkout links: {origins} {{"origins": ["https://shop.example"]}}')
        )
    return titled(lines)


def titled(lines: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{title:20}{text}" for title, text in lines)
