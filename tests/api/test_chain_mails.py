"""Administrators are mailed when TRX runs low on the platform's addresses: once, and nobody else."""

from __future__ import annotations

from market.gas import note_balance, note_sweep_without_gas
from store.chain.accounts import AccountName, keep_accounts, lock_account
from store.people.operators import create_operator
from tests.fixtures.letters import Letters
from tests.fixtures.sweeps import GAS, MAIN

SUN = 1_000_000


async def test_administrators_are_mailed_once_that_an_account_is_low_or_a_sweep_waits(letters: Letters) -> None:
    database, mark = letters.shop.api.database, letters.deal_id[-8:]
    ada, otto, olga = (f"{name}-{mark}@example.test" for name in ("ada", "otto", "olga"))
    async with database.transaction() as session:
        await create_operator(session, "Ada", administrator=True, email=ada)
        await create_operator(session, "Otto", administrator=True, email=otto)
        await create_operator(session, "Olga", approver=True, email=olga)
        await keep_accounts(session, {AccountName.MAIN: MAIN, AccountName.GAS: GAS})
        for name in AccountName:
            account = await lock_account(session, name)
            account.low_since, account.fundings = None, account.fundings + 1_000  # TRX has come since
    for looks in range(2):
        async with database.transaction() as session:
            await note_balance(session, AccountName.GAS, 30 * SUN, 500 * SUN)
            await note_balance(session, AccountName.MAIN, 7 * SUN, 200 * SUN)
            for _ in range(2 - 2 * looks):  # before the second look, which books what has come
                await note_sweep_without_gas(session)
    mails = await letters.to(ada, otto, olga)
    assert sorted((mail.to[0], mail.subject.replace("\xa0", " ")) for mail in mails) == [
        (who, subject)
        for who in (ada, otto)
        for subject in (
            "A sweep waits for TRX: the gas account has 30.000000 TRX",
            "The gas account is running low: 30.000000 TRX",
            "The main wallet is running low on TRX: 7.000000 TRX",
        )
    ]
    [low, *_] = [mail for mail in mails if "gas account is" in mail.subject]
    assert GAS in low.text and "500.000000 TRX" in low.text.replace("\xa0", " ") and "/admin/chain-accounts" in low.text
