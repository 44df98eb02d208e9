"""A world on one machine has money of the operator's to pay withdrawals and refunds from."""

from __future__ import annotations

import bank.service
from demo.bank_admin import BankAdmin, money
from devstack.mailbox import Mailbox
from devstack.people import OPENING
from tests.fixtures.bank import running_bank
from tests.fixtures.databases import Databases


async def test_the_world_of_the_demo_has_guarantee_accounts_with_money_once(
    databases: Databases, mailbox: Mailbox
) -> None:
    async with (
        databases.fresh("bank", bank.service.migrate) as database,
        running_bank(database, mailbox) as running,
    ):
        admin = BankAdmin(running.url, running.admin_key, running.payments_key)
        for _ in range(2):
            await admin.plant(banks=2, clients=1, seed=1, opening="10.00")
        guarantees = [await admin.balance(row["guarantee_account"]) for row in await admin.banks()]
        await admin.aclose()
    assert len(guarantees) >= 2 and set(guarantees) == {money(OPENING["amount"])}
