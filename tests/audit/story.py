"""A market that really worked: real bank, real Temporal, real mail. Its worker has stopped in the middle of things."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from audit import bank as bank_checks
from audit import market as market_checks
from audit.report import AuditReport
from audit.run import Stores, examine
from bank.client import BankClient
from domain.money import Money
from store.deals.deals import Deal
from store.payments.payments import Payment
from store.wallets.withdrawals import Withdrawal
from tests.fixtures.bank_transfers import bank_transfers
from tests.fixtures.databases import TestDatabase
from tests.fixtures.party_wallets import wallet_of, withdrawn
from tests.fixtures.sagas import Market, Party

NO_GRACE = timedelta(0)


@dataclass
class Story:
    """A completed deal, one that was refunded in part, an open one with a held payment, one of unknown outcome and one
    that awaits its code; a withdrawal that was paid, and one that the bank has sent back; a bank transfer that was
    credited, and one that was returned.
    """

    market: Market
    buyer: Party
    completed: Deal
    open: Deal
    paid: Payment
    held: Payment
    unknown: Payment
    awaiting: Payment
    returned: Payment
    withdrawn: Withdrawal
    sent_back: Withdrawal
    remittance: str
    returned_remittance: str

    def named(self, statement: str) -> str:
        """`{held}`, `{payout}` and the like as the keys that banks know them by."""
        keys = {
            "paid": self.paid.operation,
            "held": self.held.operation,
            "unknown": self.unknown.operation,
            "awaiting": self.awaiting.operation,
            "returned": self.returned.operation,
            "completed": str(self.completed.id),
            "payout": self.withdrawn.operation,
            "sent back": self.sent_back.operation,
            "remittance": self.remittance,
            "returned remittance": self.returned_remittance,
        }
        for name, key in keys.items():
            statement = statement.replace(f"{{{name}}}", key or "")
        return statement

    def stores(self, bank: BankClient | None = None, key: str | None = None) -> Stores:
        running = self.market.bank
        return Stores(self.market.database, bank or running.client, self.market.sagas, running.url, key)

    async def audit(self, *, grace: timedelta = NO_GRACE, bank: BankClient | None = None) -> AuditReport:
        """Of market and Temporal, and of the bank against them; without the bank's own audit."""
        return await examine(self.stores(bank), grace)

    async def compared(self) -> AuditReport:
        """Of the bank against the market's rows alone: for what is spoiled at the bank, and cannot show elsewhere."""
        async with self.market.database.engine.connect() as fresh:
            connection = await fresh.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            now = await market_checks.begin(connection)
            rows = await bank_checks.read_market(connection)
        results = await bank_checks.examine(rows, self.market.database, self.market.bank.client, now, NO_GRACE)
        return AuditReport(now, NO_GRACE, strict=False, results=tuple(results), not_examined=())


@asynccontextmanager
async def spoiled(database: TestDatabase, table: str, statement: str) -> AsyncIterator[None]:
    """`statement` carried out past all triggers on `table`, which is put back afterwards."""
    engine = create_async_engine(database.superuser_url, poolclass=NullPool)

    async def carry_out(*statements: str) -> None:
        async with engine.begin() as connection:
            await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for one in statements:
                await connection.exec_driver_sql(one)

    await carry_out(f"CREATE TABLE kept AS TABLE {table}", statement)
    try:
        yield
    finally:
        back = f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM kept"
        await carry_out(f"DELETE FROM {table}", back, "DROP TABLE kept")
        await engine.dispose()


async def tell(market: Market) -> Story:
    """Plays the story; at its end every workflow waits, and no worker runs."""
    seller, buyer = await market.party(2, None), await market.party(1)
    async with market.working():
        completed = await market.deal(seller, buyer, "100.00")
        paid = await _pay(market, completed, buyer, "100.00", confirm=True)
        await market.until(completed, "completed")
        open_deal = await market.deal(seller, buyer, "400.00")
        held = await _pay(market, open_deal, buyer, "100.00", confirm=True)
        unknown = await market.pay(open_deal, buyer, "100.00")
        code = await market.code(buyer)
        await market.until(unknown, "awaiting_code")
        awaiting = await _pay(market, open_deal, buyer, "50.00", confirm=False)
        await market.until(open_deal, "partially_paid")
        returned = await _refunded_in_part(market, seller, buyer)
        paid_out, sent_back = await _withdrawn(market, seller)
        await market.workflow(completed).result()
        await market.workflow(paid).result()
    await market.submit(unknown, code, signal=False)  # it is not passed on: to us its outcome is unknown
    rows = [await market.now(payment) for payment in (paid, held, unknown, awaiting, returned)]
    paid, held, unknown, awaiting, returned = rows
    return Story(
        market, buyer, completed, open_deal, paid, held, unknown, awaiting, returned, paid_out, sent_back,
        *await _transferred(market),
    )  # fmt: skip


async def _transferred(market: Market) -> tuple[str, str]:
    """Money that came by bank transfer to a top-up, and money of nobody known that the bank has returned."""
    transfers, payer = await bank_transfers(market), await market.party(1)
    _, data = await transfers.begin(payer)
    credited, stray = await transfers.pay(payer, data), await transfers.pay(payer, data, "7.00", "no reference")
    await transfers.read()
    await transfers.approved(await transfers.asked_for_return(await transfers.known(stray)))
    assert await transfers.reader.return_due() == 1
    return credited, stray


async def _refunded_in_part(market: Market, seller: Party, buyer: Party) -> Payment:
    deal = await market.deal(seller, buyer, "60.00")
    payment = await _pay(market, deal, buyer, "60.00", confirm=True)
    await market.until(deal, "completed")
    refund = await market.refund(deal, "20.00")
    await market.until(refund, "refunded")
    await market.workflow(refund).result()
    await market.workflow(payment).result()
    return payment


async def _withdrawn(market: Market, seller: Party) -> tuple[Withdrawal, Withdrawal]:
    """One that was paid, and one that was paid and came back."""
    await market.bank.fund(2, Money(1_000_00, "RUB"))
    wallet = await wallet_of(market, seller, "100.00")
    withdrawals = [await withdrawn(market, wallet, seller, amount) for amount in ("40.00", "30.00")]
    paid, sent_back = [await market.until(withdrawal, "paid") for withdrawal in withdrawals]
    await market.bank.post(f"/payouts/{sent_back.operation}/return", {})
    await market.redrive()
    sent_back = await market.until(sent_back, "returned")
    await market.workflow(sent_back).result()
    return paid, sent_back


async def _pay(market: Market, deal: Deal, buyer: Party, amount: str, *, confirm: bool) -> Payment:
    payment = await market.pay(deal, buyer, amount)
    code = await market.code(buyer)
    if confirm:
        await market.submit(payment, code)
        return await market.until(payment, "held", "completed")
    return await market.until(payment, "awaiting_code")


def found(report: AuditReport) -> dict[str, list[str]]:
    """Details by the name of the check that reports them."""
    return {result.name: [one.detail for one in result.violations] for result in report.results if result.violations}
