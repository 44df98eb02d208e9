"""Later events of deals: refunds, clawbacks, inspection, agreements of both parties."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from devstack.market_client import Json
from domain.deals import CloseReason
from market.refunds import try_clawback_again
from tests.fixtures.closing import close_again
from tests.fixtures.shop import INSPECTION, Shop

LATER = timedelta(hours=1)


class Afterwards:
    """A part of `tests.audit.world.World`."""

    shop: Shop
    deals: dict[str, str]
    refunds: dict[str, str]

    async def afterwards(self) -> None:
        await self._refunded()
        await self._clawed_back()
        await self._inspecting()
        await self._extended()

    async def deal(self, name: str, price: str, commission: str = "5.00", terms: Json | None = None) -> None:
        raise NotImplementedError

    async def hold(self, name: str, deal: str, amount: str | None = None, account: Json | None = None) -> None:
        raise NotImplementedError

    async def assess(self, deal: str) -> None:
        raise NotImplementedError

    async def close(self, deal: str, reason: CloseReason) -> None:
        raise NotImplementedError

    async def see_through(self, name: str, **refused: str) -> None:
        raise NotImplementedError

    # --- the stories

    async def _refunded(self) -> None:
        """Completed, then two refunds: one in part by guarantee, one refused and planned again."""
        await self.deal("returned", "100.01", commission="7.50")
        await self.hold("sold", "returned")
        await self.assess("returned")
        await self.see_through("sold")
        await self.assess("returned")
        await self.refund("by guarantee", "returned", "60.00", "dispute")
        await self.claw_back("by guarantee", guarantee_minor=700, fee_minor=7)
        await self.refund("refused once", "returned", "20.00", "buyer")
        await self.claw_back("refused once", refused="guarantee_exhausted")
        async with self.shop.api.database.transaction() as session:
            await try_clawback_again(session, UUID(self.refunds["refused once"]))

    async def _clawed_back(self) -> None:
        """Settled immediately and not paid in full: what the seller got, and was still owed, is clawed back."""
        await self.deal("at once", "300.00", terms={"settlement": "immediate"})
        for name, refused in (("got", {}), ("payable", {"credit": "account_closed"})):
            await self.hold(name, "at once", "100.00")
            await self.assess("at once")
            await self.see_through(name, **refused)
        await self.shop.api.set_ahead(self.deals["at once"], LATER)
        await self.close("at once", CloseReason.DEADLINE)
        [(refund,)] = await self.shop.api.rows(
            "SELECT id FROM refunds WHERE deal_id = CAST(:id AS uuid)", id=self.deals["at once"]
        )
        self.refunds["taken back"] = str(refund)
        await self.claw_back("taken back")
        await self.assess("at once")

    async def _inspecting(self) -> None:
        """Funded and not released: one that the buyer inspects, one that both parties have undone."""
        for name in ("inspecting", "undone"):
            await self.deal(name, "90.00", terms=INSPECTION)
            await self.hold(f"{name}, payment", name)
            await self.assess(name)
        for party in (self.shop.seller, self.shop.buyer):
            await self.shop.api.client.cancel_deal(self.deals["undone"], party["id"])
        await self.see_through("undone, payment")
        await self.assess("undone")

    async def _extended(self) -> None:
        """Open, with an extended deadline, and a proposal to cancel that is not agreed."""
        await self.deal("extended", "70.00")
        later = {"pay_by": await self._later("extended")}
        for party in (self.shop.seller, self.shop.buyer):
            await self.shop.api.client.make(
                f"/deals/{self.deals['extended']}/extension", {"user_id": party["id"], **later}
            )
        await self.shop.api.client.cancel_deal(self.deals["extended"], self.shop.seller["id"])

    async def _later(self, deal: str) -> str:
        pay_by = datetime.fromisoformat((await self.shop.api.client.deal(self.deals[deal]))["pay_by"])
        return (pay_by + LATER).isoformat()

    # --- what happens in them

    async def refund(self, name: str, deal: str, amount: str, cause: str) -> None:
        self.refunds[name] = (await self.shop.api.client.refund(self.deals[deal], cause, amount))["id"]

    async def claw_back(self, name: str, **answered: Any) -> None:
        """The bank does every planned step of a refund, as `Shop.clawed_back` says."""
        await self.shop.clawed_back(self.refunds[name], **answered)
        async with self.shop.api.database.transaction() as session:
            await close_again(session, UUID(self.refunds[name]))
