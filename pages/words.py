"""States in words for buyers and sellers, and what happens next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.contracts import ContractState
from domain.deals import DealState
from domain.payments import PaymentState
from store.deals.statuses import EVENT as STATUS_SET
from store.payments.events import Event
from store.payments.payments import Payment
from texts.languages import message

DEAL_NEXT_FOR_BUYER: Final = {
    DealState.PROPOSED: message("The seller has to confirm the deal in time. You can retract it until then."),
    DealState.AWAITING_PAYMENT: message("Pay in full or in parts before the time is over, or everything goes back."),
    DealState.PARTIALLY_PAID: message("Pay the rest before the time is over, or what you paid goes back to you."),
    DealState.SETTLING: message("The deal is closed to new payments. What was paid is being settled."),
    DealState.FUNDED: message("The price is paid. The seller is being paid now."),
    DealState.DISPUTED: message(
        "There is a dispute. What is disputed is held until that ends; accept if all is well now."
    ),
    DealState.COMPLETED: message("The seller has been paid. Nothing is left to do."),
    DealState.SPLIT: message("The dispute has ended: the seller was paid, and your part is back where you paid from."),
    DealState.REFUNDED: message("The dispute has ended for you. You have been refunded in full."),
    DealState.EXPIRED: message("The time to pay is over. Everything you paid went back to where you paid from."),
    DealState.CANCELLED: message("The deal was cancelled. Everything you paid went back to where you paid from."),
    DealState.DENIED: message("The seller denied the deal. Nothing was paid."),
    DealState.LAPSED: message("The seller did not answer in time. Nothing was paid."),
}
DEAL_NEXT_FOR_SELLER: Final = {
    DealState.PROPOSED: message("The buyer proposes this deal to you. Confirm or deny it before the time is over."),
    DealState.AWAITING_PAYMENT: message("The buyer has to pay in time. You do not need to do anything."),
    DealState.PARTIALLY_PAID: message("A part is paid. You are paid once the rest has come in time."),
    DealState.SETTLING: message("The deal is closed to new payments. What was paid is being settled."),
    DealState.FUNDED: message("The price is paid. The money is on its way to you."),
    DealState.DISPUTED: message("There is a dispute. What is disputed is held until that ends."),
    DealState.COMPLETED: message("You have been paid. Nothing is left to do."),
    DealState.SPLIT: message("The dispute has ended: you were paid, and a part went back to the buyer."),
    DealState.REFUNDED: message("The dispute has ended for the buyer. Everything went back to the buyer."),
    DealState.EXPIRED: message("The buyer did not pay in time. Everything that was paid went back to the buyer."),
    DealState.CANCELLED: message("The deal was cancelled. Everything that was paid went back to the buyer."),
    DealState.DENIED: message("You denied the deal. Nothing was paid."),
    DealState.LAPSED: message("You did not answer in time. Nothing was paid."),
}
NOTHING_PAID: Final = {
    DealState.EXPIRED: message("The time to pay is over. Nothing was paid."),
    DealState.CANCELLED: message("The deal was cancelled. Nothing was paid."),
}
"""Of a deal that ended before any money, for both parties."""
INSPECTING_BUYER: Final = message("The price is paid and held. Accept once you are content; then the seller is paid.")
INSPECTING_SELLER: Final = message(
    "The price is held. You are paid once the buyer accepts, or the time to inspect is over."
)

PAYMENT_WORDS: Final = {
    PaymentState.OPENING: message("Preparing"),
    PaymentState.AWAITING_CODE: message("Waiting for the code"),
    PaymentState.PROCESSING: message("The payment is being processed"),
    PaymentState.HELD: message("Paid, held at the bank"),
    PaymentState.RELEASING: message("Paid, on its way to the seller"),
    PaymentState.KEPT: message("Paid; a part is held until the dispute ends"),
    PaymentState.PAYABLE: message("Paid"),
    PaymentState.RETURNING: message("Going back"),
    PaymentState.COMPLETED: message("Paid"),
    PaymentState.REFUNDED: message("Given back"),
    PaymentState.EXPIRED: message("Not paid in time"),
    PaymentState.CANCELLED: message("Cancelled"),
    PaymentState.FAILED: message("Refused by the bank"),
}

EVENT_WORDS: Final = {
    "deal.proposed": message("The deal was proposed"),
    "deal.confirmed": message("The seller confirmed the deal"),
    "deal.denied": message("The seller denied the deal"),
    "deal.lapsed": message("The time to answer was over"),
    "deal.awaiting_payment": message("The deal began"),
    "deal.partially_paid": message("A part of the price is paid"),
    "deal.funded": message("The whole price is paid"),
    "deal.settling": message("The deal was closed to new payments"),
    "deal.completed": message("The seller has been paid"),
    "deal.expired": message("The time to pay was over"),
    "deal.cancelled": message("The deal was cancelled"),
    "deal.disputed": message("A dispute was opened"),
    "deal.dispute_statement": message("A statement was made in the dispute"),
    "deal.dispute_evidence": message("Evidence was added to the dispute"),
    "deal.dispute_offer": message("An offer was made in the dispute"),
    "deal.dispute_offer_withdrawn": message("An offer in the dispute was withdrawn"),
    "deal.dispute_offer_accepted": message("An offer was accepted: the dispute is settled"),
    "deal.dispute_part_released": message("The buyer released an undisputed part"),
    "deal.dispute_unanswered": message("The time to answer the dispute was over"),
    "deal.dispute_escalated": message("The dispute was passed to another arbiter"),
    "deal.dispute_withdrawn": message("The dispute was retracted"),
    "deal.split": message("The dispute has ended: each got a part"),
    "deal.refunded": message("The dispute has ended for the buyer"),
    "deal.accepted": message("The buyer accepted"),
    "deal.extended": message("More time to pay was agreed on"),
    "deal.status_set/seller": message("Status from the seller"),
    "deal.status_set/buyer": message("Status from the buyer"),
    "deal.status_set/operator": message("Status from our staff"),
    "deal.cancellation_proposed": message("A cancellation was proposed"),
    "deal.cancellation_agreed": message("The cancellation was agreed on"),
    "deal.cancellation_withdrawn": message("The proposal to cancel was retracted"),
    "deal.extension_proposed": message("More time to pay was proposed"),
    "deal.extension_withdrawn": message("The proposal for more time was retracted"),
    "payment.opening": message("A payment was begun"),
    "payment.awaiting_code": message("A code was mailed"),
    "payment.code_rejected": message("The code was not right"),
    "payment.code_requested": message("Another code was asked for"),
    "deal.chat_read": message("An operator has read the messages"),
    "payment.delayed": message("The bank has a limit and is asked again later"),
    "payment.processing": message("A code was entered"),
    "payment.late_code": message("A code came too late and was not used"),
    "payment.held": message("The money is held"),
    "payment.releasing": message("The money is on its way to the seller"),
    "payment.kept": message("The undisputed part was paid; the rest is held"),
    "payment.completed": message("The seller got the money"),
    "payment.payable": message("The seller's bank refused the money: it is owed to the seller"),
    "payment.returning": message("The money is on its way back"),
    "payment.refunded": message("The money is back"),
    "payment.expired": message("The payment ended unpaid"),
    "payment.cancelled": message("The payment was cancelled"),
    "payment.failed": message("The payment was refused"),
    "refund.returning": message("A refund was begun"),
    "refund.refunded": message("A refund is done"),
    "refund.redirected": message("The refund goes to another account"),
}
"""Events shown to clients; others, the commission's among them, are not for them."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a deal's history; `status` is the name of the status that was set, in each language."""

    words: str
    at: datetime
    status: object = None


_SAID_ONCE: Final = frozenset({"deal.funded", "payment.kept"})


def story_of(events: Iterable[Event], *, buying: bool) -> list[Happened]:
    """The events with their times, in the words above, without those that are not for this party.

    A dispute that is retracted or decided funds its deal once more: that the price is paid is said only once. What goes
    back of a payment of which a part was released is kept once more while it does: that is no end of the dispute.
    """
    shown: list[Happened] = []
    said: set[str] = set()
    for event in events:
        if event.type in _SAID_ONCE and event.type in said:
            continue
        said.add(event.type)
        if event.type == STATUS_SET:
            words = EVENT_WORDS[f"{event.type}/{event.data['by']}"]
            shown.append(Happened(words, event.created_at, event.data["names"]))
            continue
        # Back to waiting without a mail: the code that was entered was wrong.
        type_ = "payment.code_rejected" if "rejected" in event.data else event.type
        if type_ in EVENT_WORDS and (buying or not event.payers_own):
            shown.append(Happened(EVENT_WORDS[type_], event.created_at))
    return shown


IN_A_WALLET: Final = {
    PaymentState.HELD: message("Paid, held in the wallet"),
    PaymentState.FAILED: message("Refused"),
}


def payment_words(payment: Payment) -> str:
    """The state of a payment in words; for one from a wallet no bank is mentioned."""
    state = PaymentState(payment.state)
    return IN_A_WALLET.get(state, PAYMENT_WORDS[state]) if payment.from_wallet else PAYMENT_WORDS[state]


REFUSED_BY_BANK: Final = {
    "insufficient_funds": message("There is not enough money on the account."),
    "account_closed": message("The account is closed."),
    "account_not_found": message("The bank does not know this account."),
    "no_tries_left": message("The code was wrong too often. Please ask for a new one."),
}
BANK_SAYS_NO: Final = message("The bank refused this payment. Nothing was taken.")
REFUSED_FROM_WALLET: Final = {
    "insufficient_funds": message("There is not enough money in your wallet."),
    "no_tries_left": REFUSED_BY_BANK["no_tries_left"],
}
WALLET_SAYS_NO: Final = message("This payment was refused. Nothing was taken.")


def refusal_words(payment: Payment) -> str | None:
    """Why a payment was refused, in words that fit its source; None when it was not."""
    code = payment.refused_code
    if code is None:
        return None
    if payment.from_wallet:
        return REFUSED_FROM_WALLET.get(code, WALLET_SAYS_NO)
    return REFUSED_BY_BANK.get(code, BANK_SAYS_NO)


DELAYED_BY_BANK: Final = {
    "too_many_codes_sent": message(
        "The owner of this account has been sent so many codes lately that the bank sends no more until %(at)s."
    ),
    "code_too_soon": message("The last code was sent a short while ago. The bank sends no other one until %(at)s."),
    "too_many_wrong_codes": message(
        "So many codes for this account were wrong lately that the bank checks no more until %(at)s."
    ),
}
BANK_IS_BUSY: Final = message("The bank takes no more requests until %(at)s.")

# While in one of these states the page looks for news by itself.
CONTRACT_STATES: Final = {
    ContractState.PROPOSED: message("Waiting for the seller's answer"),
    ContractState.DENIED: message("Denied"),
    ContractState.LAPSED: message("Not answered in time"),
    ContractState.ACTIVE: message("Under way"),
    ContractState.COMPLETED: message("Completed"),
    ContractState.CANCELLED: message("Cancelled"),
    ContractState.ENDED: message("Over"),
}
CONTRACT_NEXT_FOR_BUYER: Final = {
    ContractState.PROPOSED: message("The seller confirms or denies all milestones. Nothing can be paid before that."),
    ContractState.DENIED: message("The seller has denied the contract. Nothing was paid."),
    ContractState.LAPSED: message("The seller did not answer in time. Nothing was paid."),
    ContractState.ACTIVE: message("Pay the milestones at once or one by one, each by its own deadline."),
    ContractState.COMPLETED: message("All milestones are completed, and the seller has been paid."),
    ContractState.CANCELLED: message("All milestones were cancelled. Nothing is held."),
    ContractState.ENDED: message("All milestones have ended. Each says how."),
}
CONTRACT_PAID_FOR_BUYER: Final = message("Everything is paid. Accept each milestone once you are content with it.")
CONTRACT_PAID_FOR_SELLER: Final = message(
    "Everything is paid. You get the money of each milestone once it is accepted."
)
CONTRACT_NEXT_FOR_SELLER: Final = CONTRACT_NEXT_FOR_BUYER | {
    ContractState.PROPOSED: message("Confirm or deny all milestones. Nothing can be paid before that."),
    ContractState.DENIED: message("You have denied the contract."),
    ContractState.LAPSED: message("You did not answer in time."),
    ContractState.ACTIVE: message("The buyer pays each milestone, and you are paid for it once it is accepted."),
    ContractState.COMPLETED: message("All milestones are completed, and you have been paid."),
}
WAITING: Final = frozenset({PaymentState.OPENING, PaymentState.PROCESSING, PaymentState.RETURNING})
MOVING: Final = frozenset({DealState.SETTLING, DealState.FUNDED})


@dataclass(frozen=True, slots=True)
class Live:
    """The address where a page learns that something has changed since it was made."""

    url: str
    version: str
    waits: bool
    """Without script the page reloads every few seconds while it waits for something near."""

    @property
    def page(self) -> str:
        """The page itself: the address of an answer to a form cannot be requested."""
        return self.url.removesuffix("/live")
