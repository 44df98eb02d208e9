"""The saga's steps without Temporal: the product's own activities, called by another engine.

What runs them decides when, keeps what is next, and calls again after a failure. Every step is idempotent, as in the
product. A deal has no workflow and no timer here, which favours the other engines.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from temporalio.testing import ActivityEnvironment

from activities.code import CodeActivities
from activities.deal import DealActivities
from activities.payment import PaymentActivities
from activities.release import ReleaseActivities
from bank.client import BankClient
from domain.payments import Step
from edge.database import Database
from edge.sealing import Sealer
from payloads.deal import DealRef
from payloads.payment import AttemptRef, Hint, PaymentRef, PaymentView, StepRef
from rails.rails import Rails
from settings import MarketSettings
from store.base import WorkflowRow
from store.deals.deals import Deal
from store.wallets.confirmation_codes import CodeRules


class Nobody:
    """Signals nobody: a step returns what is next to the engine that called it."""

    async def start(self, row: WorkflowRow, deal: Deal | None = None) -> bool:
        return await self.wake(row, deal)

    async def wake(self, row: WorkflowRow, deal: Deal | None = None, hint: Hint | None = None) -> bool:
        return True

    async def ask_again(self, table: type[WorkflowRow], row_id: UUID) -> bool:
        return True

    async def ready(self) -> bool:
        return True


class Saga:
    """The steps of payments by their ids."""

    def __init__(self, database: Database, bank: BankClient, sealer: Sealer, codes: CodeRules) -> None:
        rails, nobody = Rails(database, bank, sealer, codes), Nobody()
        self._payment = PaymentActivities(database, rails, nobody)
        self._code = CodeActivities(database, rails, sealer, nobody)
        self._deal = DealActivities(database, bank, nobody)
        release = ReleaseActivities(database, rails, nobody)
        self._release = {
            Step.CAPTURE: release.capture_hold,
            Step.CREDIT: release.credit_seller,
            Step.COMMISSION: release.pay_commission,
            Step.VOID: release.void_hold,
        }

    @classmethod
    def of(cls, settings: MarketSettings) -> Saga:
        """With the settings of the product's worker."""
        return cls(
            Database(settings.database_url, pool_size=settings.database_pool_size),
            BankClient(settings.bank_url, settings.bank_api_key.get_secret_value(), timeout_s=settings.bank_timeout_s),
            Sealer(settings.sealing_key_bytes),
            CodeRules(settings.pepper_bytes),
        )

    async def open_operation(self, payment_id: str) -> PaymentView:
        view: PaymentView = await _run(self._payment.open_operation, PaymentRef(payment_id))
        return view

    async def debit(self, payment_id: str, number: int) -> PaymentView:
        view: PaymentView = await _run(self._code.debit, AttemptRef(payment_id, number))
        return view

    async def release(self, step: StepRef) -> PaymentView:
        view: PaymentView = await _run(self._release[Step(step.name)], step)
        return view

    async def resume(self, payment_id: str) -> PaymentView:
        """What is next, as the rows say."""
        view: PaymentView = await _run(self._payment.resume_payment, PaymentRef(payment_id))
        return view

    async def end_deal(self, deal_id: str) -> None:
        """Compares the closing statement with the banks and ends the deal."""
        await _run(self._deal.end_deal, DealRef(deal_id))


async def _run(step: Any, about: object) -> Any:
    # To an activity every call looks like a first try, within a workflow's task.
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, is_local=True)
    return await environment.run(step, about)
