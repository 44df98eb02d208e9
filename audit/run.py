"""The whole audit: market database first, then bank and Temporal, which may only be ahead of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from audit import bank, bank_audit, chain, market, signer_audit, workflows
from audit.report import AuditReport, NotExamined, Result, Store, Violation
from bank.banks import Banks
from edge.database import Database
from market.banks import banks_of
from sagas import Sagas, TemporalNotReached, connect
from settings import MarketSettings

GRACE_S: Final = 60.0
POOL_SIZE: Final = 2

NOT_EXAMINED: Final = (
    NotExamined(
        "19, delivery of events", "what webhook endpoints have not received yet is listed with their deliveries"
    ),
)
_NO_KEY: Final = NotExamined(
    "1 to 8, 12, 13, 16 and 21 in the bank's own books",
    "no key of the bank's scope admin: set HOLDFAST_BANK_AUDIT_KEY",
    wanted=True,
)


@dataclass(frozen=True, slots=True)
class Stores:
    """What to audit. `bank_url` and `bank_audit_key` lead to the bank's own audit, which is left out without a key.

    If there are such, `signer` is the address of the signer and our key there, and `node` that of a TRON node and the
    token's contract.
    """

    database: Database
    bank: Banks
    workflows: workflows.Workflows
    bank_url: str
    bank_audit_key: str | None = None
    signer: tuple[str, str] | None = None
    node: tuple[str, str] | None = None


async def run(settings: MarketSettings, *, grace_s: float = GRACE_S, strict: bool = False) -> AuditReport:
    """Examines the stores that `settings` names, and changes none of them.

    `grace_s` is how long, by the market database's clock, a change may be in progress: 0 when the system is at rest.
    `strict`: a check that examined nothing, and leaving out the bank's own audit, are violations too. Raises one of
    `edge.database.OUTAGES` when the market database does not answer. A silent bank or Temporal is a violation in the
    report.
    """
    database = Database(settings.database_url, pool_size=POOL_SIZE)
    banks = banks_of(settings, database, asks_disabled=True)
    key = settings.bank_audit_key
    try:
        sagas = Sagas(await connect(settings.payload_key_bytes, lazy=True), settings.task_queue)
        stores = Stores(
            database,
            banks,
            sagas,
            settings.bank_url,
            None if key is None else key.get_secret_value(),
            settings.signer,
            settings.node,
        )
        return await examine(stores, timedelta(seconds=grace_s), strict=strict)
    finally:
        await banks.aclose()
        await database.close()


async def examine(stores: Stores, grace: timedelta, *, strict: bool = False) -> AuditReport:
    """As `run`, over stores that are already open."""
    async with stores.database.engine.connect() as fresh:
        connection = await fresh.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        now = await market.begin(connection)
        results = await market.examine(connection, now, grace)
        market_side = await bank.read_market(connection)
        ours = await chain.read(connection)
    results += await bank.examine(market_side, stores.database, stores.bank, now, grace)
    not_examined: tuple[NotExamined, ...] = NOT_EXAMINED
    if stores.bank_audit_key is None:
        not_examined += (_NO_KEY,)
    else:
        results += await bank_audit.examine(stores.bank_url, stores.bank_audit_key)
    if stores.signer is not None:
        results += await signer_audit.examine(*stores.signer)
    if stores.node is not None:
        results += await chain.examine(ours, stores.database, *stores.node)
    try:
        results.append(await workflows.examine(stores.database, stores.workflows, now, grace))
    except TemporalNotReached as error:
        results.append(_silent(str(error)))
    return AuditReport(now, grace, strict, tuple(results), not_examined)


def _silent(why: str) -> Result:
    violation = Violation(workflows.NAME, why)
    return Result(Store.TEMPORAL, workflows.NAME, workflows.INVARIANT, workflows.SENTENCE, 0, (violation,), 1)
