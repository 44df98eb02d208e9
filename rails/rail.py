"""A rail: the source of a payment's money, behind one interface. Workflows do not know which one it is.

Each method asks for one thing and returns the rail's final answer to it; while that is unknown it raises, and the
activity is tried again. It may be asked twice: the second answer is the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from payloads.payment import BankAnswer
from payloads.refund import ClawedBack
from store.deals.deals import Deal
from store.payments.codes import Attempt
from store.payments.payments import Payment
from store.payments.refunds import Refund
from store.payments.steps import StepRow


class Rail(Protocol):
    """`forced` is an operator's answer that counts until the rail's own arrives."""

    async def open_operation(self, deal: Deal, payment: Payment) -> BankAnswer:
        """Confirms the fee that was shown and that the money is available; nothing is held yet."""
        ...

    async def request_code(self, payment: Payment, operation: str, number: int) -> BankAnswer:
        """Has the payment's `number`-th code mailed to the payer, for its `operation`; it replaces the previous one."""
        ...

    async def debit(self, payment: Payment, attempt: Attempt, code: str, forced: BankAnswer | None) -> BankAnswer:
        """Redeems the submitted `code` and takes amount and fee into a hold."""
        ...

    async def capture(self, payment: Payment, step: StepRow, forced: BankAnswer | None) -> BankAnswer:
        """Captures what is held."""
        ...

    async def credit(self, payment: Payment, step: StepRow, forced: BankAnswer | None) -> BankAnswer:
        """Pays what was captured, or a part of it, to the account of the step: the seller's or the platform's."""
        ...

    async def void(self, payment: Payment, step: StepRow, forced: BankAnswer | None) -> BankAnswer:
        """Frees what is held; a payment that holds nothing yet accepts no code any more."""
        ...

    async def claw_back(
        self, payment: Payment, step: StepRow, refund: Refund, paid_out: Sequence[StepRow]
    ) -> ClawedBack:
        """Claws back a part of what was paid out and pays it to the payer's source."""
        ...
