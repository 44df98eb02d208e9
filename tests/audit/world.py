"""A small market made through its REST API and its activities: every noun in every state that an audit looks at.

Clients' requests are real ones; what a bank would answer is handed to the activities that write answers down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

import pytest

from activities.code import CodeActivities
from activities.payment import PaymentActivities
from activities.rails import Rails
from activities.refund import RefundActivities
from activities.release import ReleaseActivities
from bank.client import BankClient
from devstack.market_client import Refused
from domain.deals import CloseReason
from edge.sealing import Sealer
from market import verdicts
from payloads.payment import (
    AttemptRef,
    BankAnswer,
    CodeAnswer,
    CodeRef,
    DebitAnswer,
    OperationAnswer,
    PaymentRef,
    StepAnswer,
    StepRef,
)
from store.confirmation_codes import CodeRules
from tests.audit.afterwards import LATER, Afterwards
from tests.audit.from_wallets import pay_from_wallet, spend
from tests.audit.purses import fill_purses
from tests.fixtures.closing import end_if_all_has_moved
from tests.fixtures.market import Api

SENT = BankAnswer(done=True, expires_at="2099-01-01T00:00:00+00:00")
HELD = BankAnswer(done=True)
WRONG = BankAnswer(done=False, refused_code="code_rejected")
CLOSED = BankAnswer(done=False, refused_code="account_closed")


@dataclass
class World(Afterwards):
    """`deals`, `payments` and `refunds` are ids by the name that the corruptions know them by."""

    api: Api
    bank: BankClient
    deals: dict[str, str] = field(default_factory=dict)
    payments: dict[str, str] = field(default_factory=dict)
    refunds: dict[str, str] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    async def build(self) -> None:
        sealer = Sealer(self.api.settings.sealing_key_bytes)
        rails = Rails(self.api.database, self.bank, sealer, CodeRules(self.api.settings.pepper_bytes))
        self._payment = PaymentActivities(self.api.database, rails)
        self._code = CodeActivities(self.api.database, rails, sealer)
        self._refund = RefundActivities(self.api.database, rails)
        self._release = ReleaseActivities(self.api.database, rails)
        await self._people()
        await self._paid_in_two_parts()
        await self._underpaid()
        await self._open()
        await self._unknown()
        await self._owed()
        await self._owed_and_paid_elsewhere()
        await self._cancelled()
        await self._failed()
        await self.afterwards()
        await self._from_a_wallet(sealer)
        await fill_purses(self.api, sealer, self._buyer["id"], self._seller["id"], self._from_1["id"])

    # --- the stories

    async def _people(self) -> None:
        client = self.api.client
        self._buyer = await client.user("Boris", "boris@example.test")
        self._seller = await client.user("Svetlana", "svetlana@example.test")
        self._from_1 = await self.api.account(self._buyer["id"], "001a000000001")
        self._from_2 = await self.api.account(self._buyer["id"], "002a000000002")
        await self.api.account(self._seller["id"], "002b000000001", payout=True)
        self._elsewhere = await self.api.account(self._seller["id"], "003b000000002")

    async def _paid_in_two_parts(self) -> None:
        """Completed; a wrong code and a second code on the way. The commission of the parts is rounded."""
        await self.deal("paid", "333.33", commission="7.50")
        await self.hold("paid, first", "paid", "111.11")
        second = await self.ready("paid, second", "paid")
        await self.attempt(second, WRONG)
        await self.api.client.new_code(second)
        await self._code.record_code(CodeAnswer(CodeRef(second, 2), SENT))
        await self.attempt(second, HELD)
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
            await self.api.client.submit(waiting, "ABCDEFGH")
        await self.close("underpaid", CloseReason.DEADLINE)
        await self.see_through("given back")
        await self.see_through("never confirmed")
        await self.assess("underpaid")

    async def _open(self) -> None:
        """Partly paid, with a payment that its payer cancelled, one that awaits its code and one just begun."""
        await self.deal("open", "900.00")
        await self.hold("held", "open", "300.00")
        withdrawn = await self.ready("withdrawn", "open", "50.00")
        await self.api.client.cancel(withdrawn)
        await self.see_through("withdrawn")
        await self.ready("awaiting", "open", "100.00")
        await self.pay("opening", "open", "70.00")
        await self.assess("open")

    async def _unknown(self) -> None:
        """Closed with a code that its bank has not answered: settling."""
        await self.deal("settling", "400.00")
        payment = await self.ready("unknown", "settling")
        await self.api.client.submit(payment, "ABCDEFGH")
        await self.close("settling", CloseReason.CANCELLED)

    async def _owed(self) -> None:
        """The seller's bank refuses the credit. From an account at the seller's bank: no fee."""
        await self.deal("owing", "250.00")
        await self.hold("payable", "owing", account=self._from_2["id"])
        await self.assess("owing")
        await self.see_through("payable", refuse="credit")
        await self.assess("owing")

    async def _owed_and_paid_elsewhere(self) -> None:
        """A refused credit is paid to an account at another bank."""
        await self.deal("rerouted", "250.00")
        await self.hold("paid elsewhere", "rerouted")
        await self.assess("rerouted")
        await self.see_through("paid elsewhere", refuse="credit")
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
        payment = await self.pay("failed", "untouched")
        refusal = BankAnswer(done=False, refused_code="insufficient_funds")
        await self._payment.record_operation(OperationAnswer(payment, refusal))

    async def _from_a_wallet(self, sealer: Sealer) -> None:
        """Completed; half of it is clawed back when the seller has spent all: the platform pays instead."""
        await self.deal("from a wallet", "100.00")
        buyer, seller = self._buyer["id"], self._seller["id"]
        paid = await pay_from_wallet(self.api, sealer, self._payment, self._code, self.deals["from a wallet"], buyer)
        self.payments["from a wallet"] = paid
        await self.assess("from a wallet")
        await self.see_through("from a wallet")
        await self.assess("from a wallet")
        await spend(self.api, seller, buyer, 95_00)
        await self.refund("by the platform", "from a wallet", "50.00", "buyer")
        await self.claw_back("by the platform")

    # --- what happens in them

    async def deal(
        self, name: str, price: str, commission: str = "5.00", terms: dict[str, object] | None = None
    ) -> None:
        offer = await self.api.client.offer(self._seller["id"], price, quantity=2, terms=terms)
        await self.api.operator.moderate(offer["id"], commission_percent=commission)
        self.deals[name] = (await self.api.client.buy(offer["id"], self._buyer["id"]))["id"]

    async def pay(self, name: str, deal: str, amount: str | None = None, account: str | None = None) -> str:
        paid = await self.api.client.pay(self.deals[deal], account or self._from_1["id"], amount)
        self.payments[name] = paid["id"]
        return str(paid["id"])

    async def ready(self, name: str, deal: str, amount: str | None = None, account: str | None = None) -> str:
        """A payment whose first code was mailed."""
        payment = await self.pay(name, deal, amount, account)
        opened = BankAnswer(done=True, operation=self._operation())
        await self._payment.record_operation(OperationAnswer(payment, opened))
        await self._code.record_code(CodeAnswer(CodeRef(payment, 1), SENT))
        return payment

    async def hold(self, name: str, deal: str, amount: str | None = None, account: str | None = None) -> None:
        await self.attempt(await self.ready(name, deal, amount, account), HELD)

    async def attempt(self, payment: str, answer: BankAnswer) -> None:
        submitted = await self.api.client.submit(payment, "ABCDEFGH")
        await self._code.record_debit(DebitAnswer(AttemptRef(payment, submitted["attempt"]["number"]), answer))

    async def assess(self, deal: str) -> None:
        async with self.api.database.transaction() as session:
            await end_if_all_has_moved(session, await verdicts.assess(session, UUID(self.deals[deal])))

    async def close(self, deal: str, reason: CloseReason) -> None:
        async with self.api.database.transaction() as session:
            await end_if_all_has_moved(session, await verdicts.close(session, UUID(self.deals[deal]), reason))

    async def see_through(self, name: str, *, refuse: str | None = None) -> None:
        """The bank does every planned step of a payment, except that it refuses `refuse`."""
        payment = self.payments[name]
        look = await self._payment.look_at_payment(PaymentRef(payment))
        [(operation,)] = await self.api.rows("SELECT operation FROM payments WHERE id = CAST(:id AS uuid)", id=payment)
        for step in look.steps:
            await self._make(step, CLOSED if step.name == refuse else BankAnswer(done=True, operation=operation))

    async def _make(self, step: StepRef, answer: BankAnswer) -> None:
        if step.name == "void":
            await self._refund.record_void(StepAnswer(step, answer))
            return
        if answer.done and step.name != "capture":
            answer = BankAnswer(done=True, operation=self._operation())
        await self._release.record_release(StepAnswer(step, answer))

    def _operation(self) -> str:
        return f"op_{next(self._numbers):04}"
