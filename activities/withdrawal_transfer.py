"""How a withdrawal to an address is ordered on the chain; `activities/outgoing.py` then sends it."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from temporalio import activity

from activities.steps import Steps
from domain.sweeps import need
from domain.withdrawals import WithdrawalState
from edge.database import Database
from market import withdrawal_steps as steps
from market.signals import Signaller
from market.withdrawal_transfers import sending
from payloads.withdrawal import WithdrawalRef, WithdrawalView
from rails.asking import beating, not_now
from rails.outgoing import Outgoing
from store.wallets.withdrawals import withdrawal_of


class WithdrawalTransferActivities:
    """`chain` None: nothing is sent from here, and what goes to an address waits."""

    def __init__(self, database: Database, chain: Outgoing | None, signaller: Signaller) -> None:
        self._database = database
        self._chain = chain
        self._steps = Steps(database, signaller)

    @activity.defn
    async def order_transfer(self, ref: WithdrawalRef) -> WithdrawalView:
        """Orders the transaction that pays it to its address, with what its energy may cost. Nothing is sent here."""
        async with self._database.reading() as session:
            withdrawal = await withdrawal_of(session, None, UUID(ref.withdrawal_id))
            last = await sending(session, withdrawal)
        if withdrawal.state != WithdrawalState.PAYING or (last is not None and last.number == withdrawal.payout):
            return await self._steps.take(partial(steps.resume, withdrawal_id=withdrawal.id))
        if self._chain is None:
            raise not_now("this worker has no node and no signer", None)
        async with beating():
            main = (await self._chain.accounts()).main
            energy = await self._chain.transfer_energy(main, withdrawal.account, withdrawal.amount_minor)
            has, prices = await self._chain.possession(main), await self._chain.prices()
        needed = None if energy is None else need(energy, has, prices)
        if needed is None or needed.lacks_sun > 0:
            return await self._steps.book(partial(steps.cannot_transfer, withdrawal_id=withdrawal.id))
        return await self._steps.book(
            partial(steps.order_transfer, withdrawal_id=withdrawal.id, fee_limit_sun=needed.fee_limit_sun)
        )
