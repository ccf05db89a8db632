"""Reads telephone numbers: one E.164 spelling for all that people write, by the rules of `phonenumbers`."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import CountryCodeSource, PhoneNumberFormat, ValidationResult

NUMBER_CHARACTERS = 64  # with separators and an extension
FEWEST_DIGITS, MOST_DIGITS = 7, 15  # of a number that could be called; 15 all over the world (E.164)
NORTH_AMERICA = 1  # the country code that 25 countries share
FICTIONAL = "555"  # an area code that belongs to nobody, in examples everywhere

_SCHEMES = ("tel:", "sms:", "smsto:", "mms:", "mmsto:", "callto:", "whatsapp:")
_SEPARATORS = str.maketrans("", "", " ()./-")
_EXTENSION = re.compile(r" ?(?:;ext=|[,;]? ?ext\.? ?|x ?)[0-9]{1,7}$", re.IGNORECASE)  # only the number is used
_CONTEXT = re.compile(r";phone-context=(\+[0-9]{1,7})$", re.IGNORECASE)  # RFC 3966: what a local number lacks
_DIGITS = re.compile(r"\+?[0-9]+")
_NORTH_AMERICAN = re.compile(r"1?([2-9][0-9]{2})([2-9][0-9]{6}|[0-9]{7})")


class UnreadableNumberError(ValueError):
    """Digits that would be called, but it is unclear where."""


def number(text: str, region: str) -> str | None:
    """
    `(415) 351-8780` -> `+14153518780`, if the region is US; None for a text that is no telephone number, as `#room-12`.

    `text` has plain digits and hyphens, see addresses.py. A number with `+` or `00` needs a length that its country
    has; without them, it must be a number of the region, or an international number whose `+` is missing.

    Raises UnreadableNumberError for digits that are a number, if it is unclear which.
    """
    scheme = next((one for one in _SCHEMES if text[:9].lower().startswith(one)), "")
    bare = text[len(scheme) :].strip(" /")
    if len(bare) <= NUMBER_CHARACTERS:
        context = _CONTEXT.search(bare)
        bare = _EXTENSION.sub("", bare[: context.start()] if context else bare)
        if context and not bare.startswith("+"):
            bare = context[1] + bare
    digits = bare.translate(_SEPARATORS)
    if not _DIGITS.fullmatch(digits) or (bare.startswith("-") and not scheme):  # -100123 is a Telegram group
        if scheme:
            raise UnreadableNumberError
        return None
    if len(digits) < FEWEST_DIGITS and not digits.startswith("+"):
        return digits if digits == bare else None  # a short code; with separators it could be anything
    found = read(digits, region) if len(digits) <= NUMBER_CHARACTERS else None
    if found is None:
        raise UnreadableNumberError
    return found


def is_spelled(text: str, region: str) -> bool:
    """Is it a number in letters, as `1-800-FLOWERS`? It could also be an id, so Usher reads it as neither."""
    if len(text) > NUMBER_CHARACTERS or not phonenumbers.is_alpha_number(text):
        return False
    return read(phonenumbers.convert_alpha_characters_in_number(text).translate(_SEPARATORS), region) is not None


@lru_cache(20_000)  # a mailing asks twice, and its retries again
def read(digits: str, region: str) -> str | None:
    """E.164 of `[+]digits`; None if neither the region nor the world has such a number."""
    found = _parsed(digits, region)
    for _ in range(MOST_DIGITS):  # the parser removes one leading zero at a time
        again = _parsed(found, region) if found else None
        if again == found:
            return found
        found = again
    return None


def _parsed(digits: str, region: str) -> str | None:
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"  # most of the world dials 00; no country has national numbers that begin with it
    if not digits.startswith("+") and phonenumbers.country_code_for_region(region) == NORTH_AMERICA:
        found = _NORTH_AMERICAN.fullmatch(digits)
        if found and _is_area(found[1]):
            return f"+1{found[1]}{found[2]}"
    try:
        parsed = phonenumbers.parse(digits, region, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None
    explicit = parsed.country_code_source in (
        CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN,
        CountryCodeSource.FROM_NUMBER_WITH_IDD,
    )
    if explicit:
        fits = phonenumbers.is_possible_number_with_reason(parsed) == ValidationResult.IS_POSSIBLE
    else:
        fits = phonenumbers.is_valid_number(parsed)
    if fits:
        return str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))
    return None if explicit else _international(digits)


def _international(digits: str) -> str | None:
    """`4915112345678`, as in many lists: only if its country assigns the number, as the digits could be another."""
    try:
        parsed = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))


@lru_cache(1_000)
def _is_area(code: str) -> bool:
    """Judges only the area code: the course's numbers have an exchange that nobody assigns (4151218782)."""
    return code == FICTIONAL or phonenumbers.is_valid_number(phonenumbers.parse(f"+1{code}2345678"))
