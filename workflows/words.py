"""What operators read in the Temporal UI: the state of a deal or payment, what is awaited, and what follows."""

from __future__ import annotations

from domain.status_text import (
    DealFacts,
    RefundFacts,
    Words,
    deal_status_text,
    payment_status_text,
    readable_time,
    refund_status_text,
)
from payloads.deal import DealView
from payloads.payment import PaymentOrder, PaymentView
from payloads.refund import RefundOrder, RefundView

_STUCK = "**An operator should look**: a bank refused a step that must succeed; nothing continues by itself."
_FLAGGED = "**An operator should look**: a bank refused, or gave no answer for too long."
_WAS_FLAGGED = "Flagged on the way: a bank refused, or gave no answer for too long."


def deal_words(deal: DealView) -> str:
    """Markdown for the current details of a deal's workflow."""
    words = deal_status_text(
        DealFacts(
            state=deal.state,
            pay_by=deal.pay_by,
            verdict=deal.verdict,
            inspect_by=deal.inspect_by,
            answer_by=deal.answer_by,
            clawbacks=bool(deal.clawbacks),
            unfinished=bool(deal.unfinished),
            closing=deal.closing,
            dispute=deal.dispute,
            answers=deal.answers,
            due_by=deal.due_by,
        )
    )
    due = "" if words.until == deal.pay_by else f"; was to be paid by {readable_time(deal.pay_by)}"
    lines = [f"### {words.headline}", f"- **{deal.held}** of **{deal.price}** held or paid{due}", *_awaited(words)]
    lines += [f"- {where}" for where in deal.money]
    if deal.unresolved:
        lines.append(f"- waiting for the bank's final answer: {_ids(deal.unresolved)}")
    if deal.unfinished:
        what = "owed when the deal ended" if deal.final else "money still moving"
        lines.append(f"- {what}: {_ids(deal.unfinished)}")
    if deal.flagged:
        lines.append(f"- {_WAS_FLAGGED if deal.final and not deal.unfinished else _FLAGGED}")
    if words.otherwise:
        lines.append(f"- {words.otherwise}")
    return "\n".join(lines)


def closing_words(differences: list[str]) -> str:
    """The same while a deal cannot end because its books and its banks differ."""
    lines = ["### Everything has moved, but the closing statement does not balance", f"- {_FLAGGED}"]
    return "\n".join([*lines, *(f"- {difference}" for difference in differences)])


def payment_words(order: PaymentOrder, payment: PaymentView) -> str:
    """Markdown for the current details of a payment's workflow."""
    words = payment_status_text(payment.state, payment.pay_by, wallet=order.rail == "wallet")
    about = f"- **{order.amount}** and a fee of {order.fee}, for deal/{order.deal_id}"
    lines = [f"### {words.headline}", about, *_awaited(words)]
    if words.otherwise:
        lines.append(f"- {words.otherwise}")
    if payment.steps:
        lines.append("- next: " + ", then ".join(f"{step.name} {step.number}" for step in payment.steps))
    if payment.delayed_until is not None:
        again = readable_time(payment.delayed_until)
        lines.append(f"- a limit of the bank ({payment.delay_reason}): it is asked again at {again}")
    if payment.flagged:
        lines.append(f"- {_payment_flag(payment)}")
    return "\n".join(lines)


def refund_words(order: RefundOrder, refund: RefundView) -> str:
    """Markdown for the current details of a refund's workflow."""
    waits = not refund.steps and refund.retry_at is None
    words = refund_status_text(RefundFacts(refund.final, waits, refund.retry_at, refund.closing, refund.refused))
    about = f"- **{order.amount}** ({order.cause}), for deal/{order.deal_id}"
    lines = [f"### {words.headline}", about, *_awaited(words)]
    if refund.steps:
        lines.append("- next: " + ", then ".join(f"{step.name} {step.number}" for step in refund.steps))
    if words.otherwise:
        lines.append(f"- {words.otherwise}")
    lines += [f"- missing on the guarantee account of {place} at most" for place in refund.lacking]
    if refund.refused is not None:
        lines.append(f"- {_FLAGGED}")
    return "\n".join(lines)


def _awaited(words: Words) -> list[str]:
    """What is awaited, from whom, until when: one line, or none."""
    if words.awaits is None:
        return []
    until = "" if words.until is None else f", until {readable_time(words.until)}"
    return [f"- awaited: {words.awaits}, from {words.from_whom}{until}"]


def _payment_flag(payment: PaymentView) -> str:
    if payment.final:
        return _WAS_FLAGGED
    stuck = payment.state in ("releasing", "returning") and not payment.steps
    return _STUCK if stuck else _FLAGGED


def _ids(payment_ids: list[str]) -> str:
    return ", ".join(f"payment/{payment_id}" for payment_id in payment_ids)
