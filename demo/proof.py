"""The proof at the end: the audit over market, bank and Temporal, and everybody's balance."""

from __future__ import annotations

import asyncio
from uuid import UUID

from holdfast_client.api.deals import list_deals
from holdfast_client.api.refunds import list_refunds
from rich.console import Console
from rich.table import Table

from demo.bank_admin import money
from demo.expect import Broken
from demo.world import OPENING, World, command
from domain.money import Money

AT_REST_TRIES = 5  # workflows close a moment after the last row was written
AT_REST_PAUSE_S = 2.0


async def prove(console: Console, world: World) -> list[str]:
    """Runs `holdfast audit` with no grace until everything is at rest; returns its findings."""
    found = ""
    for _ in range(AT_REST_TRIES):
        try:
            report = await command(world.environment, "audit", "--strict", "--grace", "0")
        except Broken as violations:
            found = str(violations)
            await asyncio.sleep(AT_REST_PAUSE_S)
        else:
            console.print(f"\n[bold]{report.splitlines()[-1]}[/]")
            return []
    console.print(found)
    return [found]


async def who_has_what(console: Console, world: World) -> list[str]:
    """Prints everybody in the acts, the crowd as one line, commission and the banks' fees; a missing cent is wrong."""
    opening, none = money(OPENING), money("0.00")
    crowd = {person.number for person in world.crowd}
    table = Table("who", "bank", "had", "has", "held", title="Who has what", title_justify="left")
    had = has = crowd_had = crowd_has = none
    for row in await world.bank.accounts():
        balance, held = await world.bank.balance(row["number"]), await world.bank.held(row["number"])
        had, has = had + opening, has + balance
        if row["number"] in crowd:
            crowd_had, crowd_has = crowd_had + opening, crowd_has + balance
        elif balance != opening or held != none:
            table.add_row(row["owner"]["name"], str(row["bank_id"]), str(opening), str(balance), str(held))
    commission, fees = await _commission(world), await _fees(world)
    table.add_row(f"a crowd of {len(crowd)}", "", str(crowd_had), str(crowd_has), "")
    table.add_row("the operator's commission", "", str(none), str(commission), "")
    table.add_row("the banks' fees", "", str(none), str(fees), "")
    table.add_section()
    table.add_row("all together", "", str(had), str(has + commission + fees), "")
    console.print(table)
    return [] if had == has + commission + fees else ["a cent is missing, or there is one too many"]


async def _commission(world: World) -> Money:
    """The balances of the platform's accounts, by the banks."""
    earned = money("0.00")
    for bank in await world.bank.banks():
        earned += await world.bank.balance(bank["commission_account"])
    return earned


async def _fees(world: World) -> Money:
    """The fees of all completed payments less refunded fees, by the market's REST API."""
    fees = money("0.00")
    page = await world.market.read(list_deals.asyncio_detailed, limit=100)
    while True:
        for deal in page.items:
            if deal.price.currency != fees.currency:
                continue  # paid from a wallet: no bank takes a fee
            payments = [await world.market.payment(payment_id) for payment_id in deal.payments]
            for payment in payments:
                if payment.state == "completed":
                    fees += money(payment.fee.amount)
            for refund in (await world.market.read(list_refunds.asyncio_detailed, deal.id)).items:
                fees -= money(refund.fee_refunded.amount)
        if page.next_ is None:
            return fees
        page = await world.market.read(list_deals.asyncio_detailed, limit=100, after=UUID(page.next_))
