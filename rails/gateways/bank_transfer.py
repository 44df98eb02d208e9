"""Bank transfer: the platform's account at a bank of the currency, and a reference to give with the transfer.

What comes to the account is read from the bank's statement, and matched by the reference in its details.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bank.client import Remittance
from domain.errors import Unavailable
from domain.gateways import GATEWAYS, Gateway, GatewayData, GatewayId
from domain.incoming_transfers import Arrival
from domain.references import RANDOM_BYTES, reference_of, references_in
from store.banks.accounts import bank_id_of
from store.banks.statement_reads import first_read_bank
from store.chain.cursors import known_until
from store.wallets.top_ups import TopUp

PAYEE: Final = "Holdfast"  # the platform's name, as the owner of its accounts
READ_AGAIN_WITHIN_S: Final = 60


class BankTransferGateway:
    """`draw` makes random bytes."""

    def __init__(self, draw: Callable[[int], bytes] = os.urandom) -> None:
        self._draw = draw

    @property
    def rules(self) -> Gateway:
        return GATEWAYS[GatewayId.BANK_TRANSFER]

    async def prepare(self, session: AsyncSession, top_up: TopUp) -> GatewayData:
        top_up.reference = await self._new_reference(session)
        await session.flush()
        return await self.data(session, top_up)

    async def data(self, session: AsyncSession, top_up: TopUp) -> GatewayData:
        bank = await first_read_bank(session, top_up.currency)
        if bank is None:
            detail = "No bank in this currency is read at the moment. Try again."
            raise Unavailable("gateway_unavailable", detail, READ_AGAIN_WITHIN_S)
        return GatewayData(
            account=bank.guarantee_account,
            bank_id=bank.id,
            bank=bank.name,
            requisite=bank.requisite,
            payee=PAYEE,
            reference=top_up.reference,
        )

    async def closed_until(self, session: AsyncSession) -> datetime | None:
        return await known_until(session, self.rules.id)

    async def _new_reference(self, session: AsyncSession) -> str:
        """Drawn again until no top-up has it; of two that draw the same at once the constraint refuses one."""
        while True:
            reference = reference_of(self._draw(RANDOM_BYTES))
            if await session.scalar(select(TopUp.id).where(TopUp.reference == reference)) is None:
                return reference


def arrivals(remittances: Sequence[Remittance]) -> list[Arrival]:
    """What came to the platform's account, for `market.incoming_transfers.record`.

    Details with two different references are as good as without any: which one is meant, only a person can find out.
    """
    return [_arrival(one, references_in(one.details)) for one in remittances]


def _arrival(one: Remittance, references: list[str]) -> Arrival:
    return Arrival(
        gateway=GatewayId.BANK_TRANSFER,
        external_id=one.key,
        money=one.amount,
        valued_at=one.booked_at,
        sender=one.payer_account,
        details=one.details,
        reference=references[0] if len(references) == 1 else None,
        source=str(bank_id_of(one.payer_account)),
    )
