"""Phone numbers as people write them, as E.164. Pure; alone in importing the numbering plans."""

import re

import phonenumbers

from gateway.ledger.clocks import Unreadable, plain


def parse_phone(text: str, country: str) -> str:
    """E.164, from E.164 or a number as dialled in ``country``.

    A number passes when its country's plan knows it, or when it is as long as a mobile number
    there: plans grow faster than the copy of them that we carry.
    """
    digits = plain(text)
    if re.fullmatch(r"[\d.]+E\+?\d+", digits, re.IGNORECASE):
        raise Unreadable(
            f"{text!r} is a number that Excel has shortened",
            "format the column as text, type it again",
        )
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not _possible(number):
        raise Unreadable(
            f"{text!r} is not a phone number of {country}",
            "write it in full, or with its country as +8613800138000",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _possible(number: phonenumbers.PhoneNumber) -> bool:
    mobile = phonenumbers.is_possible_number_for_type_with_reason(
        number, phonenumbers.PhoneNumberType.MOBILE
    )
    return (
        phonenumbers.is_valid_number(number) or mobile == phonenumbers.ValidationResult.IS_POSSIBLE
    )


def takes_texts(phone: str) -> bool:
    """Whether a text can arrive at this E.164 number: False for one that is a landline."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return True  # an unknown plan is no proof
    return phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.FIXED_LINE
