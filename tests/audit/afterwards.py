"""Later events of deals: refunds, clawbacks, inspection, agreements of both parties."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from activities.refund import RefundActivities
from devstack.market_client import Json
from domain.deals import CloseReason
from payloads.refund import ClawbackAnswer, ClawedBack, RefundRef
from tests.fixtures.closing import close_again
from tests.fixtures.market import Api

LATER = timedelta(hours=1)


class Afterwards:
    """A part of `tests.audit.world.World`."""

    api: Api
    deals: dict[str, str]
    refunds: dict[str, str]
    _refund: RefundActivities
    _buyer: Json
    _seller: Json

    async def afterwards(self) -> None:
        await self._refunded()
        await self._clawed_back()
        await self._inspecting()
        await self._extended()

    async def deal(
        self, name: str, price: str, commission: str = "5.00", terms: dict[str, object] | None = None
    ) -> None:
        raise NotImplementedError

    async def hold(self, name: str, deal: str, amount: str | None = None, account: str | None = None) -> None:
        raise NotImplementedError

    async def assess(self, deal: str) -> None:
        raise NotImplementedError

    async def close(self, deal: str, reason: CloseReason) -> None:
        raise NotImplementedError

    async def see_through(self, name: str, *, refuse: str | None = None) -> None:
        raise NotImplementedError

    def _operation(self) -> str:
        raise NotImplementedError

    # --- the stories

    async def _refunded(self) -> None:
        """Completed, then two refunds: one in part by guarantee, one refused and planned anew."""
        await self.deal("returned", "100.01", commission="7.50")
        await self.hold("sold", "returned")
        await self.assess("returned")
        await self.see_through("sold")
        await self.assess("returned")
        await self.refund("by guarantee", "returned", "60.00", "dispute")
        await self.claw_back("by guarantee", guarantee_minor=700, fee_minor=7)
        await self.refund("refused once", "returned", "20.00", "buyer")
        await self.claw_back("refused once", refuse="refund")
        await self._refund.try_clawback_again(RefundRef(self.refunds["refused once"]))

    async def _clawed_back(self) -> None:
        """Settled immediately and not paid in full: what the seller got, and was still owed, is clawed back."""
        await self.deal("at once", "300.00", terms={"settlement": "immediate"})
        for name, refused in (("got", None), ("payable", "credit")):
            await self.hold(name, "at once", "100.00")
            await self.assess("at once")
            await self.see_through(name, refuse=refused)
        await self.api.set_ahead(self.deals["at once"], LATER)
        await self.close("at once", CloseReason.DEADLINE)
        [(refund,)] = await self.api.rows(
            "SELECT id FROM refunds WHERE deal_id = CAST(:id AS uuid)", id=self.deals["at once"]
        )
        self.refunds["taken back"] = str(refund)
        await self.claw_back("taken back")
        await self.assess("at once")

    async def _inspecting(self) -> None:
        """Funded and not released: one that the buyer inspects, one that both parties have undone."""
        terms = {"release": "on_acceptance", "inspection_s": 3600}
        for name in ("inspecting", "undone"):
            await self.deal(name, "90.00", terms=terms)
            await self.hold(f"{name}, payment", name)
            await self.assess(name)
        for party in (self._seller, self._buyer):
            await self.api.client.cancel_deal(self.deals["undone"], party["id"])
        await self.see_through("undone, payment")
        await self.assess("undone")

    async def _extended(self) -> None:
        """Open, with an extended deadline, and a proposal to cancel that is not agreed."""
        await self.deal("extended", "70.00")
        later = {"pay_by": await self._later("extended")}
        for party in (self._seller, self._buyer):
            await self.api.client.make(f"/deals/{self.deals['extended']}/extension", {"user_id": party["id"], **later})
        await self.api.client.cancel_deal(self.deals["extended"], self._seller["id"])

    async def _later(self, deal: str) -> str:
        pay_by = datetime.fromisoformat((await self.api.client.deal(self.deals[deal]))["pay_by"])
        return (pay_by + LATER).isoformat()

    # --- what happens in them

    async def refund(self, name: str, deal: str, amount: str, cause: str) -> None:
        self.refunds[name] = (await self.api.client.refund(self.deals[deal], cause, amount))["id"]

    async def claw_back(
        self, name: str, *, guarantee_minor: int = 0, fee_minor: int | None = None, refuse: str | None = None
    ) -> None:
        """The bank does every planned step of a refund, `guarantee_minor` of the seller's part by guarantee.

        The fee goes back as the terms say: `fee_minor` of it, or all.
        """
        look = await self._refund.look_at_refund(RefundRef(self.refunds[name]))
        for step in look.steps:
            [(minor, commission_minor, account, fee, whole_fee)] = await self.api.rows(
                "SELECT s.amount_minor, s.commission_minor, s.account, r.fee, p.fee_minor FROM steps s "
                "JOIN refunds r ON r.id = s.refund_id JOIN payments p ON p.id = s.payment_id "
                "WHERE s.payment_id = CAST(:id AS uuid) AND s.name = :name AND s.number = :number",
                id=step.payment_id,
                name=step.name,
                number=step.number,
            )
            whole_fee = whole_fee if fee_minor is None else fee_minor
            sellers_minor = minor - commission_minor
            answer = ClawedBack(
                done=True,
                operation=self._operation(),
                fee_minor=0 if fee == "payer" else whole_fee,
                from_owed_minor=0 if account else sellers_minor,
                from_payee_minor=sellers_minor - guarantee_minor if account else 0,
                from_guarantee_minor=guarantee_minor,
                from_commission_minor=commission_minor,
            )
            if step.name == refuse:
                answer = ClawedBack(done=False, refused_code="guarantee_exhausted")
            await self._refund.record_clawback(ClawbackAnswer(step, answer))
        async with self.api.database.transaction() as session:
            await close_again(session, UUID(self.refunds[name]))
