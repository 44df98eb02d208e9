"""The payer's codes: requesting another one, and submitting one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from domain.payments import AttemptState, too_late
from edge.sealing import Sealer
from market.actor import Actor, lock_visible_payment, only_party, outdated, visible_payment
from market.acts import Outcome
from market.signals import Signal
from store import codes
from store.codes import Attempt, Code
from store.deals import Deal, deal_of
from store.payments import Payment


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted code as stored."""

    deal: Deal
    payment: Payment
    attempt: Attempt

    @property
    def late(self) -> Conflict | None:
        """The answer to a code submitted after `pay_by`: it is stored, and never sent on."""
        if self.attempt.state != AttemptState.LATE:
            return None
        return too_late(self.attempt.submitted_at, self.deal.pay_by)


async def request_code(
    session: AsyncSession, actor: Actor, payment_id: UUID, codes_shown: int | None = None
) -> Outcome[Code]:
    """Has another code sent to the payer; the previous one becomes invalid.

    `codes_shown` is how many there were when a page was shown. Raises `NotFound` unknown_payment, `Forbidden`
    other_party, `Conflict` attempt_unresolved, code_not_sent, payment_ended, too_many_codes, page_outdated.
    """
    deal, payment = await lock_visible_payment(session, actor, payment_id)
    only_party(actor, deal.buyer_id)
    if codes_shown is not None and len(await codes.codes_of(session, payment_id)) != codes_shown:
        raise outdated()
    code = await codes.request_code(session, payment)
    return Outcome(code, code, (Signal(deal, payment),))


async def submit_code(
    session: AsyncSession,
    actor: Actor,
    payment_id: UUID,
    code: str,
    sealer: Sealer,
    attempts_shown: int | None = None,
) -> Outcome[Submission]:
    """Stores a normalised code with its time, for the workflow to send on; a late one is stored and never sent.

    `attempts_shown` is how many there were when a page was shown. Raises `NotFound` unknown_payment, `Forbidden`
    other_party, `Conflict` page_outdated and those of `store.codes.submit_code`.
    """
    payment = await visible_payment(session, actor, payment_id)
    deal = await deal_of(session, actor.marketplace_id, payment.deal_id)
    only_party(actor, deal.buyer_id)
    attempt = await codes.submit_code(session, sealer, deal_id=deal.id, payment_id=payment_id, code=code)
    if attempts_shown is not None and attempt.number != attempts_shown + 1:
        raise outdated()
    stored = Submission(deal, payment, attempt)
    return Outcome(stored, attempt, () if stored.late else (Signal(deal, payment),))
