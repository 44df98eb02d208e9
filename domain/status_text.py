"""The status text of a deal or payment: what is awaited, from whom, until when, and what happens otherwise.

REST and the Temporal UI show the same text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from domain.disputes import dispute_status_text
from domain.refunds import LACKS_FUNDS, PAYER_CLOSED


@dataclass(frozen=True, slots=True)
class Words:
    """`until` is RFC 3339 UTC. All but the headline are None when nothing is awaited."""

    headline: str
    awaits: str | None = None
    from_whom: str | None = None
    otherwise: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class DealFacts:
    """The facts behind a deal's status text. Times are RFC 3339 UTC; `inspect_by` is None unless the buyer inspects.

    `clawbacks`: released money goes back; `unfinished`: some money still moves or is owed; `closing`: all has moved.
    `dispute` is what an open dispute waits for, `answers` the party that may answer it, `due_by` until when.
    """

    state: str
    pay_by: str
    verdict: str | None = None
    inspect_by: str | None = None
    answer_by: str | None = None
    clawbacks: bool = False
    unfinished: bool = False
    closing: bool = False
    dispute: str | None = None
    answers: str | None = None
    due_by: str | None = None


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """The facts behind a refund's status text. `retry_at` is set after a bank's final refusal, `refused` is its code.

    `waits`: for another refund; `closing`: all money is back, and the ended deal's statement is compared again.
    """

    final: bool
    waits: bool = False
    retry_at: str | None = None
    closing: bool = False
    refused: str | None = None


_BANKS = "the banks"
_DEAL = {
    "proposed": Words(
        "Proposed; waiting for the seller's answer",
        "the answer",
        "the seller",
        "If the seller has not confirmed by {until}, the deal lapses. Nothing can be paid before that.",
    ),
    "awaiting_payment": Words(
        "Waiting for the buyer's money",
        "the price",
        "the buyer",
        "If the price is not reached by {until}, the deal expires and everything taken goes back.",
    ),
    "partially_paid": Words(
        "Partly paid; waiting for the rest",
        "the rest of the price",
        "the buyer",
        "If the rest is not paid by {until}, everything held goes back, fees included.",
    ),
    "settling": Words(
        "Closed to new money; the verdict waits for banks",
        "final answers to submitted codes",
        "the payers' banks",
        "A code submitted in time counts, however late its bank answers. A cancelled deal gives everything back.",
    ),
    "funded": Words(
        "Funded; the seller is being paid", "the payout", _BANKS, "Each step is tried until the banks have answered."
    ),
    "completed": Words("Completed; the seller has been paid"),
    "split": Words("Split; the seller has been paid, and the buyer's part went back"),
    "refunded": Words("Refunded after a dispute; everything went back, fees included"),
    "expired": Words("Expired; nothing is held, and everything taken went back, fees included"),
    "cancelled": Words("Cancelled; nothing is held, and everything taken went back, fees included"),
    "denied": Words("Denied by the seller; nothing was paid"),
    "lapsed": Words("Lapsed; the seller did not answer in time, and nothing was paid"),
}
_RETURNING = Words(
    "Not funded; everything goes back, fees included",
    "the return of what was taken",
    "the payers' banks",
    "Each bank is asked until it has freed what it holds.",
)
_INSPECTING = Words(
    "Funded; the buyer inspects the purchase",
    "the acceptance",
    "the buyer",
    "The money is held. The seller is paid when the buyer accepts, or at {until}, unless both parties cancel first.",
)
_CLAWBACK = Words(
    "Closed; what the seller received goes back to the payers",
    "the refund",
    _BANKS,
    "The payers get it at once: from the seller, else from the guarantee account, which the seller then owes.",
)
_SPLITTING = replace(_CLAWBACK, headline="Being split; the seller has been paid, and the buyer's part goes back")
_UNDONE = replace(_RETURNING, headline="Reversed after funding; everything goes back, fees included")
_OWING = Words(
    "Completed; part of the price was still owed to the seller",
    "another account",
    "the seller",
    "The seller's bank refused the credit. Each such payment goes on once the seller names another account.",
)
_CLOSING = Words(
    "Everything has moved; the closing statement is compared with the banks",
    "every operation of the deal",
    _BANKS,
    "The deal ends when books and banks agree. Until then it is flagged for an operator.",
)
_PAYMENT = {
    "opening": Words(
        "Waiting for the payer's bank",
        "an operation and a code",
        "the payer's bank",
        "The bank opens the operation and mails a code. If that takes too long, the payment ends with the deal.",
    ),
    "awaiting_code": Words(
        "Waiting for the payer's code",
        "the code",
        "the payer",
        "A code is in the payer's mail. If it is not entered in time, the payment ends with the deal.",
    ),
    "processing": Words(
        "A code was submitted; waiting for the bank",
        "the final answer to the code",
        "the payer's bank",
        "Nothing is decided before the final answer: the money may already be held.",
    ),
    "held": Words(
        "Held; waiting for the deal",
        "the deal's decision",
        "the deal",
        "The payer's bank holds amount and fee until the deal is funded or everything goes back.",
    ),
    "releasing": Words(
        "Funded; the seller is being paid",
        "the payout",
        _BANKS,
        "Capture, credit to the seller, commission, in this order.",
    ),
    "kept": Words("The undisputed part is paid; the rest is kept", "the end of the dispute", "the deal"),
    "payable": Words(
        "Owed to the seller",
        "another account",
        "the seller",
        "Captured, but the seller's bank refused the credit. It goes on once the seller names another account.",
    ),
    "returning": Words(
        "Going back to the payer",
        "the return of what was taken",
        "the payer's bank",
        "The payer's bank is asked to free everything, fee included.",
    ),
    "completed": Words("Completed; the seller has been paid"),
    "refunded": Words("Refunded; everything went back to the payer, fee included"),
    "expired": Words("Expired; no money was taken before the deal closed"),
    "cancelled": Words("Cancelled before any money was taken"),
    "failed": Words("Failed; the bank refused and no money was taken"),
}
# Texts that differ for a payment from a wallet.
_WALLET_PAYMENT = {
    "opening": Words(
        "Waiting for a code for the payer's wallet",
        "a code",
        "the platform",
        "The platform checks the wallet's balance and mails a code. If the balance is too low, the payment fails.",
    ),
    "processing": Words(
        "A code was submitted; being checked",
        "the answer to the code",
        "the platform",
        "If the code is right and the wallet has the money, it is held.",
    ),
    "held": Words(
        "Held in the payer's wallet; waiting for the deal",
        "the deal's decision",
        "the deal",
        "The amount is held in the wallet until the deal is funded or everything goes back.",
    ),
    "releasing": Words(
        "Funded; the seller's wallet is being credited",
        "the payout",
        "the platform",
        "Capture, credit to the seller, commission, in this order.",
    ),
    "returning": Words(
        "Going back to the payer's wallet",
        "the return of what was taken",
        "the platform",
        "Everything that is held in the wallet is freed.",
    ),
    "completed": Words("Completed; the seller's wallet has been credited"),
    "refunded": Words("Refunded; everything went back to the payer's wallet"),
    "failed": Words("Failed; no money was taken from the wallet"),
}
_REFUND = replace(_CLAWBACK, headline="Going back to the payers")
_REFUND_WAITS = Words(
    "Waiting for an earlier refund of the deal",
    "the end of the earlier refund",
    _BANKS,
    "Refunds of a deal are carried out one after the other.",
)
_REFUND_REFUSED = Words(
    "Going back to the payers; a bank refused",
    "a fix of the cause",
    "an operator",
    "The bank is asked again at {until}.",
)
_REFUND_LACKS_FUNDS = Words(
    "Going back to the payers; the seller's account and the guarantee account have too little",
    "money on the guarantee account",
    "an operator",
    "The payer is owed it. A deposit to that account retries it at once; otherwise the bank is asked at {until}.",
)
_REFUND_PAYER_CLOSED = Words(
    "Going back to the payers; the payer's account is closed (account_closed)",
    "another account or wallet of the payer",
    "the payer or an operator",
    "Nothing is tried until one is named: a closed account stays closed.",
)
_REFUND_COMPARED = Words(
    "Refunded; the closing statement is compared with the banks",
    "every operation of the deal",
    _BANKS,
    "The payers have their money. The deal is flagged for an operator until books and banks agree.",
)
_REFUNDED = Words("Refunded; the payers have their money")
# States in which the deal's deadline is the payment's.
_BEFORE_THE_DEADLINE = frozenset({"opening", "awaiting_code"})


def deal_status_text(facts: DealFacts) -> Words:
    """A verdict may be given while money goes back; a payable does not delay a deal."""
    if facts.closing:
        return _CLOSING
    if facts.clawbacks:
        return _SPLITTING if facts.state == "funded" else _CLAWBACK
    if facts.state == "disputed":
        return _until(Words(*dispute_status_text(facts.dispute, facts.answers)), facts.due_by)
    if facts.inspect_by is not None:
        return _until(_INSPECTING, facts.inspect_by)
    if facts.state == "settling" and facts.verdict is not None:
        return _UNDONE if facts.verdict == "funded" else _RETURNING
    if facts.state in ("completed", "split") and facts.unfinished:
        return _OWING
    words = _DEAL[facts.state]
    until = facts.answer_by if facts.state == "proposed" and facts.answer_by is not None else facts.pay_by
    return _until(words, until) if "{until}" in (words.otherwise or "") else words


def payment_status_text(state: str, pay_by: str | None = None, *, wallet: bool = False) -> Words:
    """The status text of a payment in `state`, with the deal's deadline where it is also the payment's."""
    words = _WALLET_PAYMENT.get(state, _PAYMENT[state]) if wallet else _PAYMENT[state]
    return replace(words, until=pay_by) if state in _BEFORE_THE_DEADLINE else words


def refund_status_text(facts: RefundFacts) -> Words:
    """The status text of a refund of released money."""
    if facts.final:
        return _REFUND_COMPARED if facts.closing else _REFUNDED
    if facts.refused == PAYER_CLOSED:
        return _REFUND_PAYER_CLOSED
    if facts.retry_at is not None:
        words = _REFUND_LACKS_FUNDS if facts.refused == LACKS_FUNDS else _REFUND_REFUSED
        return _until(replace(words, headline=f"{words.headline} ({facts.refused})"), facts.retry_at)
    return _REFUND_WAITS if facts.waits else _REFUND


def readable_time(rfc3339: str) -> str:
    """Converts `2026-01-31T09:05:00.250+00:00` or `…00.250000Z` for people: `2026-01-31 09:05:00.250 UTC`."""
    moment = datetime.fromisoformat(rfc3339).astimezone(UTC)
    return moment.isoformat(" ", "milliseconds").replace("+00:00", " UTC")


def _until(words: Words, until: str | None) -> Words:
    if until is None:
        return words
    return replace(words, until=until, otherwise=(words.otherwise or "").format(until=readable_time(until)))
