"""A sweep's activities: begin one when it is worth it, find out what an address needs, and book what has moved."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.poller import AGAIN_S, LASTS_S, now_s, stops_within
from activities.steps import Steps
from domain.sweeps import LineState, Rules, cause, gas_account_needs, least_minor, need
from edge.database import Database
from market import sweeps
from market.acts import Outcome
from market.gas import note_balance
from market.signals import Signaller
from payloads.poller import PollOrder
from payloads.sweep import SweepRef, SweepsWaiting, SweepView
from rails.asking import beating, not_now
from rails.outgoing import Outgoing
from store.chain.accounts import AccountName, keep_accounts
from store.chain.addresses import ChainAddress
from store.chain.sweeps import SweepLine, next_line, waiting

log = structlog.get_logger()


class SweepActivities:
    """`chain` None: nothing is swept from here. `rules` say when a sweep is worth its cost."""

    def __init__(
        self,
        database: Database,
        chain: Outgoing | None,
        signaller: Signaller,
        rules: Rules,
        *,
        every_s: float,
        lasts_s: float = LASTS_S,
    ) -> None:
        self._database = database
        self._chain = chain
        self._steps = Steps(database, signaller)
        self._rules = rules
        self._every_s = every_s
        self._lasts_s = lasts_s
        self._complaint = ""

    @activity.defn
    async def wait_for_sweeps(self, order: PollOrder) -> SweepsWaiting:
        """Whether addresses hold enough for a sweep; not after ten minutes, or when the worker stops.

        Looks at the TRX of the main wallet and the gas account on the way.
        """
        pause_s, ends_at_s = max(self._every_s, AGAIN_S if order.failed else 0), now_s() + self._lasts_s
        async with beating():
            while True:
                stopping = await stops_within(pause_s)
                found = self._chain is not None and await self._look(self._chain)
                if found or stopping or now_s() >= ends_at_s:
                    return SweepsWaiting(addresses=found)

    @activity.defn
    async def begin_sweep(self) -> int:
        """Begins one, and starts its workflow; how many addresses it has."""
        if self._chain is None:
            return 0
        async with beating():
            least = least_minor(await self._chain.prices(), self._rules)
        return await self._steps.take(partial(sweeps.begin, least_minor=least, rules=self._rules))

    @activity.defn
    async def resume_sweep(self, ref: SweepRef) -> SweepView:
        """Books what has ended, and says what is next."""
        return await self._noted(partial(sweeps.resume, sweep_id=UUID(ref.sweep_id)))

    @activity.defn
    async def move_address(self, ref: SweepRef) -> SweepView:
        """Finds out what the next address needs, and orders it: TRX from the gas account, or the transfer itself."""
        if self._chain is None:
            raise not_now("this worker has no node and no signer", None)
        sweep_id = UUID(ref.sweep_id)
        async with beating():
            line, address = await self._next(sweep_id)
            if line is None or address is None or line.state != LineState.WAITING:
                return await self.resume_sweep(ref)
            main, gas = await self._accounts(self._chain)
            energy = await self._chain.transfer_energy(address, main, line.amount_minor)
            needs, gas_sun = None, 0
            if energy is not None:
                possession, prices = await self._chain.possession(address), await self._chain.prices()
                needs = need(energy, possession, prices)
                gas_sun = gas_account_needs(needs.lacks_sun, prices)
            reason = "transfer_not_possible" if needs is None else ""
            if needs is not None and needs.fee_limit_sun > self._rules.fee_most_sun:
                reason = sweeps.TOO_EXPENSIVE
            elif needs is not None and needs.lacks_sun > 0 and await self._chain.sun(gas) < gas_sun:
                reason = sweeps.GAS_ACCOUNT_LOW
        if needs is None or reason:
            return await self._noted(partial(sweeps.give_up, sweep_id=sweep_id, position=line.position, reason=reason))
        return await self._noted(
            partial(sweeps.move, sweep_id=sweep_id, position=line.position, to_address=main, need=needs), asked=True
        )

    async def _look(self, chain: Outgoing) -> bool:
        try:
            await self._look_at_gas(chain)
            least = least_minor(await chain.prices(), self._rules)
        except ApplicationError as error:  # no answer: another look comes soon
            self._complain(str(error))
            return False
        self._complain("")
        async with self._database.reading() as session:
            found, now = await waiting(session, least)
        return cause(found, now, self._rules) is not None

    async def _look_at_gas(self, chain: Outgoing) -> None:
        main, gas = await self._accounts(chain)
        bounds = (AccountName.GAS, gas, self._rules.gas_low_sun), (AccountName.MAIN, main, self._rules.main_low_sun)
        for name, address, low_sun in bounds:
            sun = await chain.sun(address)
            noticed = await self._steps.take(partial(note_balance, name=name, sun=sun, low_sun=low_sun))
            if noticed.came_sun:
                log.info("trx_came", account=noticed.account, sun=noticed.came_sun)
            if noticed.low or noticed.missing:
                log.error("gas_account", account=noticed.account, low=noticed.low, missing=noticed.missing, sun=sun)

    async def _accounts(self, chain: Outgoing) -> tuple[str, str]:
        """The addresses of the main wallet and of the gas account, stored before they are used."""
        named = await chain.accounts()
        addresses = {AccountName.MAIN: named.main, AccountName.GAS: named.gas}
        await self._database.run(partial(keep_accounts, addresses=addresses))
        return named.main, named.gas

    async def _next(self, sweep_id: UUID) -> tuple[SweepLine | None, str | None]:
        async with self._database.reading() as session:
            line = await next_line(session, sweep_id)
            address = None if line is None else await session.get_one(ChainAddress, line.address_index)
        return line, None if address is None else address.address

    async def _noted(self, act: Callable[..., Awaitable[Outcome[SweepView]]], *, asked: bool = False) -> SweepView:
        """Commits an act. A line that has failed is an error in the logs: error reporting is fed from there."""
        view = await (self._steps.book if asked else self._steps.take)(act)
        if view.failure:
            log.error("sweep_line_failed", sweep=view.sweep_id, reason=view.failure, failed=view.failed)
        return view

    def _complain(self, why: str) -> None:
        """Once for each reason: the node is asked every half minute."""
        if why and why != self._complaint:
            log.error("sweeps_not_looked_for", why=why)
        self._complaint = why
