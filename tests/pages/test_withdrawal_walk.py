"""USDT comes in by the faucet and goes out to somebody's address: the whole way, in a browser and on a real chain."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Browser
from temporalio.testing import WorkflowEnvironment

from activities.mail import MailActivities
from activities.notices import NoticeActivities
from activities.scanner import ScannerActivities
from activities.withdrawal_transfer import WithdrawalTransferActivities
from domain.sweeps import SUN
from domain.top_ups import TopUpState
from edge.mailer import Mailer
from ledger.accounts import balance_of
from rails.chain import Chain
from store.wallets.top_ups import TopUp
from store.wallets.withdrawals import Withdrawal
from tests.fixtures.outgoing import TOKEN, ChainWorld
from tests.fixtures.pages import serving_pages
from tests.fixtures.sagas import Market, eventually
from tests.fixtures.signer import THEIR_ADDRESS
from tests.pages.conftest import Site, Visitor
from tron.addresses import raw
from tron.node import USDT_CONTRACT
from worker import activities_of

WIDE, NARROW = 1280, 375
ALL_OF_IT: Final = 10**9  # minor units: more than what a second provider would be asked about


@dataclass
class OnChain:
    """A site with a chain, which goes on when the test says so; and its scanner, which reads it then."""

    site: Site
    world: ChainWorld
    chain: Chain
    scanner: ScannerActivities

    @property
    def market(self) -> Market:
        return self.site.market

    async def goes_on(self) -> None:
        """What waits gets into a block that is then solidified, and is read."""
        self.world.node.solidify()
        await self.scanner.round(self.chain)

    async def credited(self, top_up_id: UUID) -> None:
        """Goes on until the money is in the wallet: a look at the chain that failed is made again."""

        async def look() -> TopUp:
            await self.goes_on()
            async with self.market.database.transaction() as session:
                return await session.get_one(TopUp, top_up_id)

        await eventually(look, lambda found: found.state == TopUpState.CREDITED, "the credit of a top-up")

    async def code_mailed_to(self, visitor: Visitor) -> str:
        assert visitor.somebody is not None
        database, sealer, mailbox = self.market.database, self.market.sealer, self.market.mailbox
        after, mailer = mailbox.last_id, Mailer(mailbox.url, "Market <market@example.test>")
        await NoticeActivities(database, sealer, self.site.address).write_codes()
        await MailActivities(database, sealer, b"pepper of a test", mailer, self.site.address).send_codes()
        return await self.site.code_of(visitor.somebody, after)

    async def until(self, withdrawal_id: str, state: str) -> Withdrawal:
        """Makes blocks until the withdrawal has come to this state."""

        async def look() -> Withdrawal:
            await self.goes_on()
            async with self.market.database.transaction() as session:
                return await session.get_one(Withdrawal, UUID(withdrawal_id))

        return await eventually(look, lambda found: found.state == state, f"a withdrawal that is {state}")

    async def swept(self) -> None:
        """What came for top-ups is moved to the main wallet."""
        sweep = await self.world.begin()

        async def look() -> str:
            await self.goes_on()
            return (await self.market.now(sweep)).state

        await eventually(look, lambda state: state == "done", "the end of the sweep")

    async def received(self, address: str) -> list[int]:
        """Every transfer to this address that is in a solidified block, by our own reading of the chain."""
        head, hexed = await self.chain.solid_head(), raw(address)[1:].hex()
        blocks = [
            await self.chain.solid_blocks(first, min(first + 49, head.number))
            for first in range(1, head.number + 1, 50)
        ]
        return [
            one.amount_minor for some in blocks for block in some for one in block.transfers if one.recipient == hexed
        ]


@pytest_asyncio.fixture(loop_scope="session")
async def on_chain(
    chain_world: ChainWorld, temporal: WorkflowEnvironment, hashed_password: str, browser: Browser
) -> AsyncIterator[OnChain]:
    market, node = chain_world.market, chain_world.node
    ordering = WithdrawalTransferActivities(market.database, chain_world.outgoing, market.sagas)
    market.more += activities_of(chain_world.sending, chain_world.sweeping, ordering)
    given = {"tron_url": node.address, "tron_token_contract": USDT_CONTRACT, "test_faucet_url": f"{node.address}/"}
    async with serving_pages(market, temporal, hashed_password, **given) as served:
        site = Site(**vars(served), browser=browser)
        chain = Chain(node.client, None, USDT_CONTRACT, ALL_OF_IT, chain_world.signer.client)
        found = OnChain(site, chain_world, chain, ScannerActivities(market.database, market.sagas, chain))
        chain_world.pay_trx(chain_world.main, 1_000 * SUN)
        for _ in range(3):  # reading begins, and addresses are derived
            await found.goes_on()
        yield found
        await site.close()


@dataclass
class Two:
    """One person at two browsers: a wide one in English, in which everything is done, and a narrow one in Russian."""

    at: Visitor
    beside: Visitor

    async def look(self, name: str, russian: str) -> None:
        """The page in both; it says `russian`, and scrolls sideways in neither."""
        await self.beside.go(urlsplit(self.at.page.url).path)
        await self.beside.see(russian)
        for visitor, language in ((self.at, "en"), (self.beside, "ru")):
            await visitor.picture(f"walk-{language}-{name}")
            assert not await visitor.too_wide(), f"{name} is too wide in {language}"
            assert await visitor.page.locator("html").get_attribute("lang") == language


async def _topped_up(walk: OnChain, two: Two) -> str:
    """1,500 USDT by the faucet's page, which the page of the top-up leads to; the address of the wallet's page."""
    anna = two.at
    await anna.go("/my/wallets")
    await anna.page.locator("select[name=currency]").select_option("USDT")
    await anna.page.locator("main form button").first.click()
    await anna.follow("Top up")
    wallet = urlsplit(anna.page.url).path.removesuffix("/top-ups")
    await anna.page.locator("#amount").fill("1500")
    await anna.page.locator("main form button").first.click()
    await anna.see("Waiting for the money")
    await two.look("top-up", "Ждём деньги")
    order = urlsplit(anna.page.url).path
    await anna.follow("Pay with test money")
    await anna.press("Pay")
    await anna.see("Sent. It waits for the next block.")
    await walk.credited(UUID(order.rsplit("/", 1)[1]))
    await anna.follow("Look again")
    await anna.see("Final, in block")
    assert not await anna.too_wide()
    await anna.go(order)
    assert "1,500" in await anna.page.locator("dd.total").inner_text()
    await two.look("topped-up", "В кошельке")
    return wallet


async def _refused(two: Two, wallet: str, ours: str) -> None:
    """A wrong checksum and an address of the platform are each said beside the field, with what was typed kept."""
    anna = two.at
    for address, words in ((f"{THEIR_ADDRESS[:-1]}4", "This is not a TRON address"), (ours, "belongs to the platform")):
        await anna.page.locator("#address").fill(address)
        await anna.page.locator("#amount").fill("1200")
        await anna.press("Go on to the code")
        assert words in await anna.page.locator("#address-error").inner_text()
        assert await anna.page.locator("#address").input_value() == address
        await anna.picture(f"walk-en-{words[:7]}")
    await two.beside.go(f"{wallet}/withdrawals")
    await two.beside.page.locator("#address").fill(ours)
    await two.beside.page.locator("#amount").fill("1200")
    await two.beside.page.locator("main form button").first.click()
    await two.beside.page.locator("#address-error").wait_for()
    await two.beside.picture("walk-ru-refused")
    assert not await two.beside.too_wide()


async def _approved(walk: OnChain) -> None:
    """Once by an approver, at /admin."""
    paul, olga = await walk.site.administrator(), await walk.site.administrator(approver=True)
    await paul.go("/admin/withdrawal-approvals")
    await paul.see("You are not an approver")
    assert await paul.page.get_by_role("button", name="Approve").count() == 0
    await olga.follow("Withdrawals to approve")
    await olga.see(THEIR_ADDRESS)
    await olga.picture("walk-admin")
    await olga.press("Approve")
    await olga.see("The withdrawal is approved.")
    await olga.see("None waits for an approver.")
    await olga.picture("walk-admin-approved")


@pytest.mark.timeout(1800)  # some twenty pages of two browsers, on however busy a machine
async def test_usdt_comes_in_by_the_faucet_and_goes_out_to_an_address_until_the_page_says_paid(
    on_chain: OnChain,
) -> None:
    walk = on_chain
    somebody = await walk.site.somebody("Anna Address", 2)
    anna = await walk.site.visitor(somebody, width=WIDE)
    two = Two(anna, await walk.site.visitor(somebody, locale="ru-RU", width=NARROW))
    wallet = await _topped_up(walk, two)
    await walk.swept()

    await anna.go(wallet)
    await anna.follow("Withdraw")
    await two.look("withdraw", "Вывести на адрес TRON")
    await _refused(two, wallet, walk.world.main)
    await anna.page.locator("#address").fill(THEIR_ADDRESS)
    await anna.page.locator("#amount").fill("1200")
    await anna.press("Go on to the code")
    await anna.see("Enter the code")
    withdrawal = urlsplit(anna.page.url).path.rsplit("/", 1)[1]
    await two.look("code", "Введите код")
    await anna.page.locator("#code").fill(await walk.code_mailed_to(anna))
    await anna.press("Withdraw 1,202")
    await anna.see("Being checked")
    await two.look("checked", "Проверяется")
    await _approved(walk)
    await anna.see("On its way")  # by itself: nobody has loaded it again
    await two.look("on-its-way", "В пути")
    done = await walk.until(withdrawal, "done")
    await anna.see("Paid out")
    await anna.see(done.operation or "a transaction")
    await two.look("paid", "Выплачено")

    assert await walk.received(THEIR_ADDRESS) == [1_200 * TOKEN]
    transactions = await walk.world.transactions()
    [sent] = [one for one in transactions if one.purpose == "withdrawal"]
    assert (sent.state, sent.txid, sent.to_address) == ("done", done.operation, THEIR_ADDRESS)
    async with walk.market.database.transaction() as session:
        balance = partial(balance_of, await session.connection())
        assert (await balance("withdrawal-fees/USDT")).balance_minor == 2 * TOKEN
        assert -(await balance("outside/tron/USDT")).balance_minor == 300 * TOKEN
    await anna.go(wallet)
    await anna.see("298")
    await anna.see("Withdrawal to an address")
    await two.look("wallet", "Вывод на адрес")
    assert (await walk.market.alarms(), await walk.world.chain_alarms()) == ({}, [])
    unexpected = [fault for visitor in (two.at, two.beside) for fault in visitor.faults]
    assert [fault for fault in unexpected if "422" not in fault and "409" not in fault] == []
