"""Scenes with a chain: what was paid to our addresses is read and swept; a worker dies at each step of it."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from domain.outgoing import OutgoingStep
from tests.prove.rig import Rig
from tests.prove.scenes import Scene, step, transaction
from tests.prove.watch import PATIENCE_S

PAID_MINOR = 150_000_000  # enough for a sweep of one address
_UNUSED = text(
    "SELECT address FROM chain_addresses a WHERE top_up_id IS NULL AND NOT EXISTS"
    " (SELECT FROM incoming_transfers t WHERE t.address_index = a.index) ORDER BY index LIMIT 1"
)
_AT_REST = text(
    "SELECT (SELECT sum(balance_minor) FROM chain_addresses) = 0"
    " AND NOT EXISTS (SELECT FROM sweeps WHERE state = 'open')"
    " AND (SELECT sum(amount_minor) FROM incoming_transfers) = :paid"
)
_MAIN = text("SELECT balance_minor FROM chain_accounts WHERE name = 'main'")


async def swept(rig: Rig) -> None:
    """USDT comes to one of our addresses; it is booked once, gets its gas once, and arrives at the main wallet once."""
    chain = rig.on_chain
    assert chain is not None
    async with asyncio.timeout(PATIENCE_S):
        while (address := await _scalar(rig, _UNUSED)) is None:
            chain.node.mine()
            await asyncio.sleep(0.2)
        before = await chain.token_balance(chain.signer.main)
        chain.node.pay(str(address), PAID_MINOR)
        while not await _scalar(rig, _AT_REST, paid=before + PAID_MINOR):
            chain.node.mine()
            await asyncio.sleep(0.2)
    there = await chain.token_balance(chain.signer.main)
    booked = await _scalar(rig, _MAIN)
    assert there == booked == before + PAID_MINOR, f"the main wallet has {there}, the books {booked}"


async def _scalar(rig: Rig, query: object, **values: object) -> object:
    async with rig.market.database.transaction() as session:
        return await session.scalar(query, values)  # type: ignore[call-overload]  # one of the texts above


SCENES = (
    Scene(
        swept,
        [
            *transaction("begin_sweep"),
            *transaction("resume_sweep"),
            *step("move_address"),
            *(point for name in OutgoingStep for point in step(f"advance_outgoing/{name}")),
        ],
    ),
)
