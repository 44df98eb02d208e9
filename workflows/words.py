"""What operators read in the Temporal UI: where a deal or payment stands, what is awaited, what if nothing comes."""

from __future__ import annotations

from payloads.deal import DealView
from payloads.payment import PaymentOrder, PaymentView
from payloads.refund import RefundOrder, RefundView

_DEAL = {
    "awaiting_payment": (
        "Waiting for the buyer's money",
        "If the price is not reached by {pay_by}, the deal expires, and whatever was taken goes back.",
    ),
    "partially_paid": (
        "Partly paid; waiting for the rest",
        "If the rest does not come by {pay_by}, all that is held goes back, fees included.",
    ),
    "settling": (
        "Closed to new money; the verdict waits for banks",
        "A code submitted in time counts, however late its bank answers. A cancelled deal gives everything back.",
    ),
    "funded": ("Funded; the seller is being paid", "Each step is tried until the banks have answered."),
    "completed": ("Completed; the seller has been paid", ""),
    "expired": ("Expired; nothing is held, and whatever was taken went back, fees included", ""),
    "cancelled": ("Cancelled; nothing is held, and whatever was taken went back, fees included", ""),
}
_RETURNING = ("Not funded; everything goes back, fees included", "Each bank is asked until it has freed what it holds.")
_INSPECTING = (
    "Funded; the buyer inspects what he paid for",
    "All of it is held. The seller is paid when the buyer accepts, or at {inspect_by}, unless both cancel before.",
)
_TAKING_BACK = (
    "Not to be completed; what the seller got is taken back",
    "Each bank pays the payer at once: from the seller, else from the guarantee account, which he then owes.",
)
_UNDONE = (
    "Undone by both parties; everything goes back, fees included",
    "Each bank is asked until it has freed what it holds.",
)
_OWING = (
    "Completed; part of the price was still owed to the seller",
    "His bank refused the credit. Each of these payments goes on by itself when he names another account.",
)

# Headline and sentence by state.
_PAYMENT = {
    "opening": (
        "Waiting for the payer's bank",
        "It opens the operation and mails a code. If it does not in time, the payment ends with the deal.",
    ),
    "awaiting_code": (
        "Waiting for the payer's code",
        "A code is in the payer's mail. If he does not enter it in time, the payment ends with the deal.",
    ),
    "processing": (
        "A code was submitted; waiting for the bank",
        "Until its final answer nothing is decided: the money may be held already.",
    ),
    "held": (
        "Held; waiting for the deal",
        "The payer's bank holds amount and fee until the deal is funded or everything goes back.",
    ),
    "releasing": ("Funded; the seller is being paid", "Capture, credit to the seller, commission, in this order."),
    "owed": (
        "Owed to the seller",
        "Captured, but the seller's bank refused the credit. It goes on when he names another account.",
    ),
    "returning": ("Going back to the payer", "The payer's bank is asked to free everything, fee included."),
    "completed": ("Completed; the seller has been paid", ""),
    "refunded": ("Refunded; everything went back to the payer, fee included", ""),
    "expired": ("Expired; no money was taken before the deal closed", ""),
    "cancelled": ("Cancelled before any money was taken", ""),
    "failed": ("Failed; the bank refused and no money was taken", ""),
}
_STUCK = "**An operator should look**: a bank refused a step that must succeed; nothing goes on by itself."
_FLAGGED = "**An operator should look**: a bank refused, or gave no answer for too long."
_WAS_FLAGGED = "Flagged on the way: a bank refused, or gave no answer for too long."


def deal_words(deal: DealView) -> str:
    """Markdown for the current details of a deal's workflow."""
    headline, outlook = _deal_standing(deal)
    pay_by = _readable_time(deal.pay_by)
    due = "" if "{pay_by}" in outlook else f"; was to be paid by {pay_by}"
    inspect_by = "" if deal.inspect_by is None else _readable_time(deal.inspect_by)
    lines = [f"### {headline}", f"- **{deal.held}** of **{deal.price}** held or paid{due}"]
    if deal.unresolved:
        lines.append(f"- waiting for the bank's final answer: {_ids(deal.unresolved)}")
    if deal.unfinished:
        what = "owed when the deal ended" if deal.final else "money still moving"
        lines.append(f"- {what}: {_ids(deal.unfinished)}")
    if deal.flagged:
        lines.append(f"- {_WAS_FLAGGED if deal.final and not deal.unfinished else _FLAGGED}")
    if outlook:
        lines.append(f"- {outlook.format(pay_by=pay_by, inspect_by=inspect_by)}")
    return "\n".join(lines)


def payment_words(order: PaymentOrder, payment: PaymentView) -> str:
    """Markdown for the current details of a payment's workflow."""
    headline, sentence = _PAYMENT[payment.state]
    lines = [f"### {headline}", f"- **{order.amount}** and a fee of {order.fee}, for deal/{order.deal_id}"]
    if sentence:
        lines.append(f"- {sentence}")
    if payment.steps:
        lines.append("- next: " + ", then ".join(f"{step.name} {step.number}" for step in payment.steps))
    if payment.flagged:
        lines.append(f"- {_payment_flag(payment)}")
    return "\n".join(lines)


def refund_words(order: RefundOrder, refund: RefundView) -> str:
    """Markdown for the current details of a refund's workflow."""
    headline = "Refunded; the payers have it" if refund.final else "Going back to the payers"
    lines = [f"### {headline}", f"- **{order.amount}** ({order.cause}), for deal/{order.deal_id}"]
    if refund.steps:
        lines.append("- next: " + ", then ".join(f"{step.name} {step.number}" for step in refund.steps))
    elif refund.retry_in_s is not None:
        lines.append(
            "- **An operator should look**: a bank refused. Mostly its guarantee account is empty; "
            "it is asked again within the hour."
        )
    elif not refund.final:
        lines.append("- An earlier refund of the deal comes first.")
    return "\n".join(lines)


def _readable_time(rfc3339: str) -> str:
    """`2026-01-31T09:05:00.250+00:00` as people read it: `2026-01-31 09:05:00.250 UTC`."""
    return rfc3339.replace("T", " ").replace("+00:00", " UTC")


def _deal_standing(deal: DealView) -> tuple[str, str]:
    """Headline and outlook. A verdict may stand while money goes back; a payable does not hold a deal up."""
    if deal.taking_back:
        return _TAKING_BACK
    if deal.inspect_by is not None:
        return _INSPECTING
    if deal.state == "settling" and deal.verdict is not None:
        return _UNDONE if deal.verdict == "funded" else _RETURNING
    if deal.state == "completed" and deal.unfinished:
        return _OWING
    return _DEAL[deal.state]


def _payment_flag(payment: PaymentView) -> str:
    if payment.final:
        return _WAS_FLAGGED
    stuck = payment.state in ("releasing", "returning") and not payment.steps
    return _STUCK if stuck else _FLAGGED


def _ids(payment_ids: list[str]) -> str:
    return ", ".join(f"payment/{payment_id}" for payment_id in payment_ids)
