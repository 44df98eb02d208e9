"""The wallet as a rail: the platform itself is the payer's bank, and the market's own ledger its books.

Nothing here is ever unknown: an answer is our own transaction. Code and try are rows; the money itself moves in the
transaction that records the answer (`store/payments/books.py`), so that rows and ledger never differ. A wallet that no
longer has the money refuses there, as a bank does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.keys import code_key, operation_key, payment_workflow
from domain.money import Money
from domain.wallets import ledger_account_of
from edge.codes import grouped
from edge.database import Database
from edge.mailer import Mail
from edge.sealing import Sealer
from ledger.accounts import balance
from payloads.payment import BankAnswer
from payloads.refund import ClawedBack
from store import clock
from store.deals.deals import Deal
from store.mail.mails import put_mail
from store.payments.codes import Attempt
from store.payments.payments import Payment, lock_with_deal
from store.payments.refunds import Refund
from store.payments.steps import StepRow
from store.people.email_changes import secret_address
from store.people.users import user_of
from store.wallets import confirmation_codes
from store.wallets.confirmation_codes import CodeRules, Wait
from texts.mails import write


class WalletRail:
    def __init__(self, database: Database, sealer: Sealer, codes: CodeRules) -> None:
        self._database = database
        self._sealer = sealer
        self._codes = codes

    async def open_operation(self, deal: Deal, payment: Payment) -> BankAnswer:
        async with self._database.transaction() as session:
            there = await balance(await session.connection(), ledger_account_of(payment.payer_account))
        if there.available_minor < payment.total.minor:
            return BankAnswer(done=False, refused_code="insufficient_funds")
        return BankAnswer(done=True, operation=operation_key(str(payment.id)))

    async def request_code(self, payment: Payment, operation: str, number: int) -> BankAnswer:
        async def work(session: AsyncSession) -> BankAnswer | Wait:
            deal, locked = await lock_with_deal(session, payment.id)
            if locked.decision is not None:
                return BankAnswer(done=False, refused_code="operation_ended")
            sent = await confirmation_codes.issue(
                session,
                _subject(locked),
                number,
                _binding(locked),
                self._codes,
                now=await clock.now(session, deal.id),
            )
            if isinstance(sent, Wait):
                return sent
            if sent.code is not None:
                buyer, seller = (
                    await user_of(session, None, deal.buyer_id),
                    await user_of(session, None, deal.seller_id),
                )
                facts = {
                    "payer": buyer.name,
                    "payee": seller.name,
                    "total": payment.total,
                    "code": grouped(sent.code),
                    "expires_at": sent.expires_at,
                }
                words = write("payment.code", buyer.language, "", facts)
                to, key = await secret_address(session, buyer), code_key(str(payment.id), number)
                await put_mail(session, self._sealer, Mail(to, *words, key, buyer.language), urgent=True)
            return BankAnswer(done=True, expires_at=sent.expires_at.isoformat())

        return _final(await self._database.run(work))

    async def debit(self, payment: Payment, attempt: Attempt, code: str, forced: BankAnswer | None) -> BankAnswer:
        async def count(session: AsyncSession) -> None:
            await confirmation_codes.count_try(session, _subject(payment), str(attempt.number))

        async def redeem(session: AsyncSession) -> bool:
            subject, name, at = _subject(payment), str(attempt.number), attempt.submitted_at
            binding, pepper = _binding(payment), self._codes.pepper
            return await confirmation_codes.redeem(session, subject, name, code, at, binding, pepper) is not None

        await self._database.run(count)  # committed before anything is compared
        if not await self._database.run(redeem):
            return BankAnswer(done=False, refused_code="code_rejected")
        return BankAnswer(done=True, operation=payment.operation)

    async def capture(self, payment: Payment, step: StepRow, forced: BankAnswer | None) -> BankAnswer:
        return BankAnswer(done=True, operation=payment.operation)

    async def credit(self, payment: Payment, step: StepRow, forced: BankAnswer | None) -> BankAnswer:
        return BankAnswer(done=True, operation=step.key)

    async def void(self, payment: Payment, step: StepRow, forced: BankAnswer | None) -> BankAnswer:
        async def work(session: AsyncSession) -> None:
            await confirmation_codes.kill(session, _subject(payment))

        await self._database.run(work)
        return BankAnswer(done=True, operation=payment.operation)

    async def claw_back(
        self, payment: Payment, step: StepRow, refund: Refund, paid_out: Sequence[StepRow]
    ) -> ClawedBack:
        commission_minor = step.commission_minor or 0
        return ClawedBack(
            done=True,
            operation=step.key,
            from_payee_minor=step.amount_minor - commission_minor,
            from_commission_minor=commission_minor,
        )


def _subject(payment: Payment) -> str:
    return payment_workflow(str(payment.id))


def _binding(payment: Payment) -> str:
    """What a code confirms: for another amount or payee it is another code."""
    amount: Money = payment.amount
    facts = (_subject(payment), str(amount.minor), str(payment.fee_minor), amount.currency, payment.payee_account)
    return "\0".join(facts)


def _final(answer: BankAnswer | Wait) -> BankAnswer:
    if isinstance(answer, Wait):
        raise _not_now(answer)
    return answer


def _not_now(wait: Wait) -> ApplicationError:
    return ApplicationError(
        "asked again later",
        type="NotNow",
        category=ApplicationErrorCategory.BENIGN,
        next_retry_delay=timedelta(seconds=wait.seconds),
    )
