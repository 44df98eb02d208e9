"""Phone numbers: E.164 (ITU-T), `+` and up to 15 digits, as `phonenumbers` knows the numbering plans."""

from __future__ import annotations

import phonenumbers

from domain.errors import Malformed


def e164(text: str) -> str:
    """`text`, which must be a number in E.164 form. Raises `Malformed` `bad_phone`.

    Possible by its country's plan is enough: only the network knows whether the number is in use.
    """
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        number = None
    if (
        number is None
        or not phonenumbers.is_possible_number(number)
        or phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) != text
    ):
        raise Malformed("bad_phone", "A phone number looks like +79161234567.", "phone")
    return text
