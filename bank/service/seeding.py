"""Creating a world from the command line: once per key, as over HTTP."""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.seeds import plant
from bank.service.facts import Facts
from bank.service.plan import Result
from bank.service.requests.writes import once, worked
from bank.service.schemas.seeds import SeedOut
from bank.service.settings import BankSettings
from domain.errors import Conflict
from domain.money import parse_money
from edge.database import Database
from edge.idempotency import Answer, fingerprint

CALLER: Final = "the command line"


async def plant_once(
    settings: BankSettings,
    key: str | None,
    banks: int,
    clients: int,
    accounts_per_client: int,
    seed: int,
    currency: str,
    opening_balance: str,
) -> SeedOut:
    """The world created under `key` before, or created now; without a key the parameters are the key.

    Raises `Refusal`: those of `plant` and of `requests.writes.once`.
    """
    opening = parse_money(opening_balance, currency, "opening_balance")
    wanted = [banks, clients, accounts_per_client, seed, currency, opening.amount]
    digest = fingerprint(settings.pepper_bytes, "POST", "/seeds", wanted)

    async def work(session: AsyncSession, facts: Facts) -> Result:
        planted = await plant(
            session, banks, clients, accounts_per_client, seed, opening, first_id=settings.first_bank_id
        )
        return Result(201, SeedOut.of(planted, opening).model_dump(mode="json"))

    async def plant_now(session: AsyncSession) -> Answer:
        answer, _ = await once(session, CALLER, key or f"seed/{'/'.join(map(str, wanted))}", digest, worked(work))
        return answer

    database = Database(settings.database_url, pool_size=1)
    try:
        answer = await database.run(plant_now)
    finally:
        await database.close()
    if answer.status >= 400:
        raise Conflict(answer.body["code"], answer.body["detail"])
    return SeedOut.model_validate(answer.body)
