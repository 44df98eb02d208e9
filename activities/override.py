"""An override's activities: sending it to its workflow, carrying it out, asking for the bank's own answer."""

from __future__ import annotations

from functools import partial
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.steps import Steps
from bank.banks import Banks
from bank.client import (
    Answer,
    Call,
    Done,
    KeyUnknown,
    Operation,
    Refused,
    capture,
    debit_confirmed,
    void,
)
from bank.errors import Unknown
from domain import keys
from domain.overrides import OverrideKind, OverrideState, Result
from domain.payments import CREDITS, Decision, Step
from edge.database import Database
from market import forced_results
from market.flags import flag_payment
from market.forced_results import forced_step, resolution, view_of
from market.signals import Signaller
from payloads.override import OverrideRef, OverrideResponse, OverrideView
from payloads.payment import BankAnswer
from rails.asking import only_ask, operation_answer
from rails.bank_rail import crediting
from store.deals.deals import Deal, deal_of
from store.payments.overrides import Override, override_of
from store.payments.payments import Payment, payment_of
from store.payments.steps import StepRow


class OverrideSender(Signaller, Protocol):
    """What sends overrides to workflows; `sagas.Sagas` in the product."""

    async def send_override(
        self, override: Override, deal: Deal, payment: Payment | None
    ) -> OverrideResponse | None: ...


class OverrideActivities:
    def __init__(self, database: Database, banks: Banks, sender: OverrideSender) -> None:
        self._database = database
        self._banks = banks
        self._sender = sender
        self._steps = Steps(database, sender)

    @activity.defn
    async def send_override(self, ref: OverrideRef) -> OverrideView:
        """Sends it to its workflow: an update, validated there and kept in its history.

        One that is not accepted is rejected.
        """
        async with self._database.transaction() as session:
            override, deal, payment, _ = await _read(session, UUID(ref.override_id))
        if override.state != OverrideState.APPROVED:
            return view_of(override)
        response = await self._response(override, deal, payment)
        if response is None:
            raise ApplicationError("not sent yet", type="NotSent", category=ApplicationErrorCategory.BENIGN)
        if response.refused_code is None:
            return view_of(override)
        return await self._steps.book(
            partial(forced_results.reject_untaken, override_id=override.id, code=response.refused_code)
        )

    async def _response(self, override: Override, deal: Deal, payment: Payment | None) -> OverrideResponse | None:
        if payment is None and deal.final_at is not None:
            return OverrideResponse()  # its workflow has ended; the reason stays in the history of this one
        if payment is not None and override.kind == OverrideKind.REFUND and payment.decision == Decision.RELEASE:
            return OverrideResponse()  # it is about a refund, which has a workflow of its own
        if payment is not None and payment.final_at is not None:
            return OverrideResponse("payment_ended")  # the workflow ended before it was sent
        return await self._sender.send_override(override, deal, payment)

    @activity.defn
    async def prepare_tombstone(self, ref: OverrideRef) -> OverrideView:
        """Before the tombstone: a payment whose debit is done after all is returned, and does not count."""
        return await self._steps.take(partial(forced_results.prepare_tombstone, override_id=UUID(ref.override_id)))

    @activity.defn
    async def carry_out_override(self, ref: OverrideRef) -> OverrideView:
        """Carries the override out; a debit forced as refused needs the bank's tombstone first.

        For it the payer's bank voids the operation: from then on a debit of it is refused at any time.
        """
        async with self._database.transaction() as session:
            override, _, payment, _ = await _read(session, UUID(ref.override_id))
        tombstone: BankAnswer | None = None
        if override.state == OverrideState.APPROVED and view_of(override).tombstone and payment is not None:
            key = keys.tombstone_key(str(payment.id), str(override.id))
            call = void(key, payment.operation or "", amount=payment.amount)
            bank = await self._banks.of(payment.payer_bank)
            tombstone = await operation_answer(bank, call, partial(flag_payment, self._database, payment))
        return await self._steps.book(partial(forced_results.apply, override_id=override.id, tombstone=tombstone))

    @activity.defn
    async def ask_again(self, ref: OverrideRef) -> None:
        """Has the payment ask its bank now instead of at the next scheduled time."""
        async with self._database.transaction() as session:
            override = await override_of(session, UUID(ref.override_id))
        if override.payment_id is not None:
            await self._sender.ask_again(Payment, override.payment_id)

    @activity.defn
    async def ask_on(self, ref: OverrideRef) -> OverrideView:
        """Compares the bank's own final answer, however late, with the forced result. Nothing is sent again."""
        async with self._database.transaction() as session:
            override, _, payment, step = await _read(session, UUID(ref.override_id))
            assert payment is not None
            resolved = await resolution(session, payment, override)
        if resolved is not None and resolved != (override.result == Result.DONE):
            answer = BankAnswer(done=resolved)  # the bank's own answer came first, and it counts
        else:
            answer = await self._own_answer(override, payment, step, resolved=resolved is not None)
        return await self._steps.book(partial(forced_results.record_answer, override_id=override.id, answer=answer))

    async def _own_answer(
        self, override: Override, payment: Payment, step: StepRow | None, *, resolved: bool
    ) -> BankAnswer:
        async def ask() -> Answer[Operation] | KeyUnknown:
            if not resolved:
                return Unknown("the payment has not taken the forced result yet")
            if override.result == Result.REFUSED:
                return await self._what_holds(payment)
            bank = await self._banks.of(payment.payer_bank)
            return await bank.ask(_call(override, payment, step))

        answer = await only_ask(ask, partial(flag_payment, self._database, payment))
        if isinstance(answer, Refused):
            return BankAnswer(done=False, refused_code=answer.code)
        return BankAnswer(done=True, operation=answer.value.key)

    async def _what_holds(self, payment: Payment) -> Answer[Operation]:
        """After the tombstone the operation shows it: when void, nothing is held."""
        bank = await self._banks.of(payment.payer_bank)
        answer = await bank.operation(payment.operation or "")
        if not isinstance(answer, Done) or answer.value.status in ("pause", "success"):
            return answer
        if answer.value.status == "void":
            return Refused("operation_ended", "The operation is void.")
        return Unknown(f"the operation is {answer.value.status}")


def _call(override: Override, payment: Payment, step: StepRow | None) -> Call[Operation]:
    """The call whose result was forced, to be asked for by its key and never to be sent."""
    operation = payment.operation or ""
    if step is None:  # a debit whose code is wiped: asking by its key needs none
        return debit_confirmed(override.key or "", operation, amount=payment.amount)
    if step.name in (*CREDITS, Step.COMMISSION):
        return crediting(payment, step)
    return (capture if step.name == Step.CAPTURE else void)(step.key, operation, amount=payment.amount)


async def _read(session: AsyncSession, override_id: UUID) -> tuple[Override, Deal, Payment | None, StepRow | None]:
    override = await override_of(session, override_id)
    deal = await deal_of(session, None, override.deal_id)
    if override.payment_id is None:
        return override, deal, None, None
    payment = await payment_of(session, None, override.payment_id)
    return override, deal, payment, await forced_step(session, payment, override)
