"""Refusals in words for people, beside the field of the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.errors import Refusal
from pages.forms import FieldRefusal, ManyRefused
from texts.languages import Language, message

# Where people need other words than programs: by stable code.
WORDS: Final = {
    "idempotency_key_reused": message("This form was already sent, with other contents. Look at what became of it."),
    "request_in_progress": message("Your request is still being processed. Look again in a moment."),
    "user_exists": message("This client exists already."),
    "unknown_account": message("Please choose one of your accounts."),
    "too_many_payments": message("This deal has had too many payments. Please ask the shop for help."),
    "too_many_proposals": message("There were too many proposals about this deal already."),
    "too_many_disputes": message("There were too many disputes about this deal already."),
    "too_many_entries": message("You cannot add anything more to this dispute."),
    "too_many_statuses": message("The status of this deal has changed too often."),
    "too_many_refunds": message("This deal has had too many refunds already."),
    "staff_login": message("This login is for the administration, not for these pages. Log in there."),
    "weak_password": message("Use 10 to 200 characters, and nothing that is easy to guess."),
    "bad_deadline": message("The new deadline must be later than the present one, and at most a year away."),
    "exceeds_refundable": message("This is more than is left to refund."),
    "request_ended": message("This request was answered already."),
    "hold_ended": message("This hold has ended already."),
    "withdrawal_ended": message("This withdrawal no longer needs a code."),
    "invalid_address": message("This is not a TRON address. Please copy the whole address."),
    "address_not_allowed": message("This address belongs to the platform or to a contract."),
    "below_minimum": message("This is less than the smallest amount."),
    "above_maximum": message("This is more than the largest amount."),
    "too_many_wrong_codes": message("Too many codes were wrong. Please wait ten minutes, then enter this one again."),
    "too_many_unconfirmed": message("Ten of these wait for a code already. Confirm or cancel some of them first."),
    "too_many_codes": message("No more codes are sent for this. Start again if the last one does not work."),
    "code_too_soon": message("The last code was mailed a moment ago. Please wait half a minute."),
    "offer_changed": message("This offer has changed since you opened the page. Nothing was bought: look again."),
    "offer_not_available": message("This offer is not on sale any more. Nothing was bought."),
    "other_bank": message("This number does not belong to the bank that you chose."),
    "no_such_account": message("The bank has no such account. Please compare the number with your bank's."),
    "account_closed": message("The bank has closed this account."),
    "account_unconfirmed": message("This account is not confirmed yet."),
    "currency_mismatch": message("The account is in another currency."),
    "bank_unreachable": message("The bank is not answering just now. Please try again in a moment."),
    "too_many_codes_sent": message(
        "The owner of this account has been sent many codes already. Please try again in an hour."
    ),
    "unknown_bank": message("Please choose a bank from the list."),
    "too_many_messages": message("Too many messages in a short time. Please wait a minute."),
    "chat_full": message("This chat is full and takes no more messages."),
    "too_many_top_ups": message("Twenty top-ups are open already. Pay one of them, or wait until its time is over."),
    "gateway_unavailable": message("This way of paying is not ready just now. Please try again in a minute."),
    "unknown_gateway": message("Please choose a way to pay from the list."),
    "bad_account_number": message("An account number has 3 digits of the bank and 10 characters from 0-9 and a-f."),
}


@dataclass(frozen=True, slots=True)
class FormError:
    """`field` is the form's field, or None when it is about the whole form; `text` is in the visitor's language.

    `others` are further errors of the same form.
    """

    field: str | None
    text: str
    others: tuple[FormError, ...] = ()

    @property
    def every(self) -> tuple[FormError, ...]:
        return (FormError(self.field, self.text), *self.others)

    def of(self, *fields: str) -> str | None:
        """The error of the first of these fields that has one."""
        return next((error.text for error in self.every if error.field in fields), None)


def form_error(language: Language, refusal: Refusal, renamed: Mapping[str, str]) -> FormError:
    """What a form shows about a refusal; `renamed` maps a rule's field to the form's."""
    refusals = refusal.refusals if isinstance(refusal, ManyRefused) else (refusal,)
    found: dict[tuple[str | None, str], None] = {}
    for one in refusals:
        field = None if one.field is None else renamed.get(one.field, one.field)
        found[field, words_of(language, one)] = None
    first, *others = [FormError(field, words) for field, words in found]
    return FormError(first.field, first.text, tuple(others))


def words_of(language: Language, refusal: Refusal) -> str:
    if isinstance(refusal, FieldRefusal):
        return refusal.words(language)
    return language.say(WORDS.get(refusal.code, refusal.detail))
