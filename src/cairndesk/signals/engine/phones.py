"""Phone numbers in the international form (ITU-T E.164), by the numbering plans of the `phonenumbers` library."""

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumberFormat

from cairndesk.signals.errors import NotAnIdentifier

# At most 15 digits, none of the country codes begins with 0.
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_WRITTEN = re.compile(r"[\s(]*(?:\+|00)[\d\s().\-/]*")


def normal(plain: str) -> str:
    """`plain` as + and digits. Raises NotAnIdentifier for a number without its country code, or of a length that none has.

    A number outside of every plan that is known here is kept all the same: plans change, and callers forge numbers.
    """
    text = plain.removeprefix("tel:")
    if not _WRITTEN.fullmatch(text):
        raise NotAnIdentifier("Write the number with its country code, such as +1 555 0100.")
    number = "+" + "".join(str(unicodedata.decimal(letter)) for letter in text if letter.isdecimal())
    number = number if "+" in text else f"+{number.removeprefix('+00')}"
    if not _E164.fullmatch(number):
        raise NotAnIdentifier("A phone number with its country code has 7 to 15 digits.")
    return _by_plan(number) or number


def _by_plan(number: str) -> str | None:
    """`number` without the zero that is dialled at home only, as in +44 (0)20; None where no plan has such a number."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164) if phonenumbers.is_possible_number(parsed) else None
