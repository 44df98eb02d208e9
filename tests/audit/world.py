"""A small market made through its REST API and its acts: every noun in every state that an audit looks at.

Clients' requests are real ones; what a bank would answer is handed to the acts that write answers down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.deals import CloseReason
from edge.sealing import Sealer
from market.refunds import try_clawback_again
from tests.audit.from_wallets import pay_from_wallet, services, spend
from tests.audit.wallet_rows import fill_wallets
from tests.fixtures.closing import close_again
from tests.fixtures.market import Api
from tests.fixtures.market_client import Json, Refused
from tests.fixtures.shop import INSPECTION, Shop
from tests.fixtures.statuses import put_status

CODE = "ABCDEFGH"
CLOSED = "account_closed"
LATER = timedelta(hours=1)


@dataclass
class World:
    """`deals`, `payments` and `refunds` are ids by the name that the corruptions know them by."""

    shop: Shop
    deals: dict[str, str] = field(default_factory=dict)
    payments: dict[str, str] = field(default_factory=dict)
    refunds: dict[str, str] = field(default_factory=dict)

    @property
    def api(self) -> Api:
        return self.shop.api

    async def build(self) -> None:
        sealer = Sealer(self.api.settings.sealing_key_bytes)
        self._elsewhere = await self.api.account(self.shop.seller["id"], "003b000000002")
        await self._paid_in_two_parts()
        await self._underpaid()
        await self._open()
        await self._unknown()
        await self._owed()
        await self._owed_and_paid_elsewhere()
        await self._cancelled()
        await self._failed()
        await self._refunded()
        await self._clawed_back()
        await self._inspecting()
        await self._extended()
        await self._disputed()
        await self._packed()
        await self._contracts()
        await self._from_a_wallet(sealer)
        endpoint = await self.api.client.make("/webhook-endpoints", {"url": "https://shop.example/webhooks"})
        await self.api.client.make(f"/webhook-endpoints/{endpoint['id']}/tests", {})
        deals, payments = await services(self.shop)
        self.deals |= deals
        self.payments |= payments
        await fill_wallets(self.api, sealer, self.shop.buyer["id"], self.shop.seller["id"], self.shop.account["id"])

    # --- the stories

    async def _paid_in_two_parts(self) -> None:
        """Completed; a wrong code and a second code on the way. The commission of the parts is rounded."""
        await self.deal("paid", "333.33", commission="7.50")
        await self.hold("paid, first", "paid", "111.11")
        second = await self.ready("paid, second", "paid")
        await self.attempt(second, 1, refused_code="code_rejected")
        await self.api.client.new_code(second["id"])
        await self.shop.code_sent(second, 2)
        await self.attempt(second, 2)
        await self.assess("paid")
        await self.see_through("paid, first")
        await self.see_through("paid, second")
        await self.assess("paid")

    async def _underpaid(self) -> None:
        """Expired: one part returned, one never confirmed, and a code that came too late."""
        await self.deal("underpaid", "500.00")
        await self.hold("given back", "underpaid", "200.00")
        waiting = await self.ready("never confirmed", "underpaid", "100.00")
        await self.assess("underpaid")
        await self.api.set_ahead(self.deals["underpaid"], LATER)
        with pytest.raises(Refused, match="deadline_passed"):
            await self.api.client.submit(waiting["id"], CODE)
        await self.close("underpaid", CloseReason.DEADLINE)
        await self.see_through("given back")
        await self.see_through("never confirmed")
        await self.assess("underpaid")

    async def _open(self) -> None:
        """Partly paid, with a payment that its payer cancelled, one that awaits its code and one just begun."""
        await self.deal("open", "900.00")
        await self.hold("held", "open", "300.00")
        withdrawn = await self.ready("withdrawn", "open", "50.00")
        await self.api.client.cancel(withdrawn["id"])
        await self.see_through("withdrawn")
        await self.ready("awaiting", "open", "100.00")
        await self._began("opening", "open", "70.00")
        await self.assess("open")

    async def _unknown(self) -> None:
        """Closed with a code that its bank has not answered: settling."""
        await self.deal("settling", "400.00")
        payment = await self.ready("unknown", "settling")
        await self.api.client.submit(payment["id"], CODE)
        await self.close("settling", CloseReason.CANCELLED)

    async def _owed(self) -> None:
        """The seller's bank refuses the credit. From an account at the seller's bank: no fee."""
        await self.deal("owing", "250.00")
        await self.hold("payable", "owing", account=self.shop.account_at_sellers_bank)
        await self.assess("owing")
        await self.see_through("payable", credit=CLOSED)
        await self.assess("owing")

    async def _owed_and_paid_elsewhere(self) -> None:
        """A refused credit is paid to an account at another bank."""
        await self.deal("rerouted", "250.00")
        await self.hold("paid elsewhere", "rerouted")
        await self.assess("rerouted")
        await self.see_through("paid elsewhere", credit=CLOSED)
        await self.assess("rerouted")
        await self.api.client.pay_out_to(self.payments["paid elsewhere"], self._elsewhere["id"])
        await self.see_through("paid elsewhere")

    async def _cancelled(self) -> None:
        await self.deal("cancelled", "120.00")
        await self.hold("refunded", "cancelled", "60.00")
        await self.assess("cancelled")
        await self.close("cancelled", CloseReason.CANCELLED)
        await self.see_through("refunded")
        await self.assess("cancelled")

    async def _failed(self) -> None:
        """The bank refuses to open an operation."""
        await self.deal("untouched", "80.00")
        payment = await self._began("failed", "untouched")
        await self.shop.operation_opened(payment, refused_code="insufficient_funds")

    async def _from_a_wallet(self, sealer: Sealer) -> None:
        """Completed; half of it is clawed back when the seller has spent all: the platform pays instead."""
        await self.deal("from a wallet", "100.00")
        buyer, seller = self.shop.buyer["id"], self.shop.seller["id"]
        self.payments["from a wallet"] = await pay_from_wallet(self.shop, sealer, self.deals["from a wallet"])
        await self.assess("from a wallet")
        await self.see_through("from a wallet")
        await self.assess("from a wallet")
        await spend(self.api, seller, buyer, 95_00)
        await self.refund("by the platform", "from a wallet", "50.00", "buyer")
        await self.claw_back("by the platform")

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
        async with self.api.database.transaction() as session:
            await try_clawback_again(session, UUID(self.refunds["refused once"]))

    async def _clawed_back(self) -> None:
        """Settled immediately and not paid in full: what the seller got, and was still owed, is clawed back."""
        await self.deal("at once", "300.00", terms={"settlement": "immediate"})
        for name, refused in (("got", {}), ("payable", {"credit": "account_closed"})):
            await self.hold(name, "at once", "100.00")
            await self.assess("at once")
            await self.see_through(name, **refused)
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
        for name in ("inspecting", "undone"):
            await self.deal(name, "90.00", terms=INSPECTION)
            await self.hold(f"{name}, payment", name)
            await self.assess(name)
        for party in (self.shop.seller, self.shop.buyer):
            await self.api.client.cancel_deal(self.deals["undone"], party["id"])
        await self.see_through("undone, payment")
        await self.assess("undone")

    async def _extended(self) -> None:
        """Open, with an extended deadline, and a proposal to cancel that is not agreed."""
        await self.deal("extended", "70.00")
        later = {"pay_by": await self._later("extended")}
        for party in (self.shop.seller, self.shop.buyer):
            await self.api.client.make(f"/deals/{self.deals['extended']}/extension", {"user_id": party["id"], **later})
        await self.api.client.cancel_deal(self.deals["extended"], self.shop.seller["id"])

    async def _disputed(self) -> None:
        """Inspected: one whose dispute is open, with an answer and an offer, and one whose dispute was settled.

        A part of the second was not disputed, and is paid out by itself.
        """
        buyer, seller, client = self.shop.buyer["id"], self.shop.seller["id"], self.api.client
        for name in ("disputed", "settled"):
            await self.deal(name, "90.00", terms=INSPECTION)
            await self.hold(f"{name}, payment", name)
            await self.assess(name)
            about = f"/deals/{self.deals[name]}/dispute"
            await client.make(about, {"user_id": buyer, "reason": "Broken"})
            back = {"amount": "30.00", "currency": "RUB"}
            await client.make(f"{about}/offers", {"user_id": seller, "back": back})
            await client.make(f"{about}/statements", {"user_id": buyer, "text": "Half is broken"})
        about, part = f"/deals/{self.deals['settled']}/dispute", {"amount": "40.00", "currency": "RUB"}
        await client.make(f"{about}/undisputed-part", {"user_id": buyer, "amount": part})
        await self.see_through("settled, payment")
        await client.make(f"{about}/offers/1/acceptance", {"user_id": buyer})
        await self.see_through("settled, payment")
        await self.assess("settled")

    async def _packed(self) -> None:
        """Open, with the second of two statuses."""
        await self.deal("packed", "35.00")
        for code in ("packed", "sent"):
            await put_status(self.api.database, code)
            said = {"status": code, "user_id": self.shop.seller["id"]}
            await self.api.client.make(f"/deals/{self.deals['packed']}/status", said)

    async def _contracts(self) -> None:
        """One confirmed, one of whose milestones is cancelled, and one that waits for its answer."""
        for name in ("contract", "proposed"):
            contract = await self.shop.contract("60.00", "40.00")
            deals = [milestone["deal_id"] for milestone in contract["milestones"]]
            self.deals |= {f"{name}, {number}": deal for number, deal in enumerate(deals, start=1)}
            if name == "contract":
                about = f"/contracts/{contract['id']}/confirmation"
                await self.api.client.make(about, {"user_id": self.shop.seller["id"]})
                await self.api.client.cancel_deal(deals[1], self.shop.buyer["id"])
                await self.assess("contract, 2")

    async def _later(self, deal: str) -> str:
        pay_by = datetime.fromisoformat((await self.api.client.deal(self.deals[deal]))["pay_by"])
        return (pay_by + LATER).isoformat()

    # --- what happens in them

    async def deal(self, name: str, price: str, commission: str = "5.00", terms: Json | None = None) -> None:
        made = await self.shop.deal(price, commission=commission, quantity=2, terms=terms)
        self.deals[name] = made["id"]

    async def _began(self, name: str, deal: str, amount: str | None = None) -> Json:
        paid = await self.api.client.pay(self.deals[deal], self.shop.account["id"], amount)
        self.payments[name] = paid["id"]
        return paid

    async def ready(self, name: str, deal: str, amount: str | None = None, account: Json | None = None) -> Json:
        """A payment whose first code was mailed."""
        payment = await self.shop.payment({"id": self.deals[deal]}, amount, account)
        self.payments[name] = payment["id"]
        return payment

    async def hold(self, name: str, deal: str, amount: str | None = None, account: Json | None = None) -> None:
        await self.attempt(await self.ready(name, deal, amount, account), 1)

    async def attempt(self, payment: Json, number: int, *, refused_code: str | None = None) -> None:
        await self.api.client.submit(payment["id"], CODE)
        await self.shop.debited(payment, number, refused_code=refused_code)

    async def assess(self, deal: str) -> None:
        await self.shop.assessed({"id": self.deals[deal]})

    async def close(self, deal: str, reason: CloseReason) -> None:
        await self.shop.closed({"id": self.deals[deal]}, reason)

    async def see_through(self, name: str, **refused: str) -> None:
        """The bank does every planned step of a payment, except those that it refuses with a code."""
        await self.shop.carried_out({"id": self.payments[name]}, **refused)

    async def refund(self, name: str, deal: str, amount: str, cause: str) -> None:
        self.refunds[name] = (await self.api.client.refund(self.deals[deal], cause, amount))["id"]

    async def claw_back(self, name: str, **answered: Any) -> None:
        """The bank does every planned step of a refund, as `Shop.clawed_back` says."""
        await self.shop.clawed_back(self.refunds[name], **answered)
        async with self.api.database.transaction() as session:
            await close_again(session, UUID(self.refunds[name]))
