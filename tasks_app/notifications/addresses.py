"""Reduces an address to its recipient: one key for the suppression list, one target for the provider.

`email-validator` judges mail addresses (RFC 5321, 5322, 6531), urllib3 URLs, telephone.py numbers.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote

import email_validator
import urllib3
from email_validator import EmailNotValidError, validate_email
from urllib3.exceptions import LocationParseError

from tasks_app.errors import InvalidAddressError
from tasks_app.notifications.telephone import (
    FEWEST_DIGITS,
    MOST_DIGITS,
    UnreadableNumberError,
    is_spelled,
    number,
    read,
)

Kind = Literal["number", "mail", "url", "name"]
MAIL_CHARACTERS = 320  # 64 before the @ and 255 after it, which is more than RFC 5321 allows
ADDRESS_CHARACTERS = 2_048  # of a URL, and of any other address

_PLAIN_MAIL = re.compile(
    r"[A-Za-z0-9_+-]{1,30}(?:\.[A-Za-z0-9_+-]{1,30})?@(?:[A-Za-z0-9]{1,30}\.){1,4}[A-Za-z]{2,20}", re.ASCII
)
_PLAIN_CHARACTERS = 200
_QUOTES = "\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a"
_UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe0e\ufe0f"  # invisible, though not of the category Cf
_HYPHENS = "\u2212\u02d7\u2043\u30fc\uff70"  # used as hyphens, though not of the category Pd
_SPLITTING = re.compile(r"[\s,;/|&%<>\"'`\\]")  # where Apprise, or the service behind it, may split an address
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()  # private networks have mailboxes at .local and .test
_ID = re.compile(r"(?=.*[a-f])[0-9a-f-]{16,64}", re.IGNORECASE)  # hexadecimal, a UUID: its digits are no number
_NO_LETTERS = re.compile(r"[\W\d_]+")
_DIGITS = re.compile(r"[0-9]+")
_USUAL_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """The recipient of an address: `key` is the same for all its spellings, `target` goes to the provider."""

    kind: Kind
    key: str
    target: str


def reduced(text: str, region: str) -> Address:
    """
    The one recipient that this text names: a number as E.164, a mail address in lower case with an ASCII domain, a URL
    as RFC 3986 6.2 compares them, and every other name as it is, without invisible characters.

    Raises InvalidAddressError for a text that is empty or too long, or that does not name exactly one recipient for
    certain.
    """
    if plain := _plain(text):
        return plain
    shown = visible(text)
    if shown[:8].lower().startswith(("http://", "https://")):
        return web(text)
    bare = shown.strip(f"{_QUOTES} ;,<>")
    try:
        if called := number(bare, region):
            return Address("number", called, called)
    except UnreadableNumberError:
        wish = "write it with + and its country code, or set USHER_PHONE_REGION"
        raise InvalidAddressError(f"is no telephone number of the region {region}: {wish}") from None
    return mail(shown) if is_mail(shown) else named(shown)


def is_mail(text: str) -> bool:
    """Is this meant as a mail address? The names of some chats begin with an @."""
    return "@" in text[1:] or text[:7].lower() == "mailto:"


def mail(text: str) -> Address:
    """One mailbox. The key ignores case, as providers do, though RFC 5321 allows a difference."""
    if plain := _plain(text):
        return plain
    text = visible(text)
    if text[:7].lower() == "mailto:":
        text = visible(unquote(text[7:]))
    text = text.rstrip(" ;,")
    if len(text) >= 2 and text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1].strip()
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1].strip()
    if len(text) > MAIL_CHARACTERS:
        raise InvalidAddressError(f"is longer than the {MAIL_CHARACTERS} characters of a mail address")
    return _mailbox(text)


@lru_cache(20_000)  # the parser takes 30 us or more, and a mailing asks twice
def _mailbox(text: str) -> Address:
    try:
        found = validate_email(
            text,
            allow_display_name=True,
            check_deliverability=False,  # uses no network; and a list may outlive a domain
            globally_deliverable=False,  # hosts of private networks have mailboxes too
        )
    except EmailNotValidError:
        raise InvalidAddressError("is no single mail address, such as ada@example.org") from None
    domain = (found.ascii_domain or found.domain).lower()
    if domain.rpartition(".")[2].isdigit():  # RFC 3696 2: no domain is such; Apprise would send to the part before it
        raise InvalidAddressError("is no single mail address, such as ada@example.org")
    return Address("mail", f"{found.local_part.lower()}@{domain}", f"{found.local_part}@{domain}")


def web(text: str) -> Address:
    """An http or https URL. The key has no fragment, as a fragment never reaches the server."""
    parts = http_url(text)
    port = "" if parts.port in (None, _USUAL_PORT[str(parts.scheme)]) else f":{parts.port}"
    host = str(parts.host).removesuffix(".")
    query = "" if parts.query is None else f"?{parts.query}"
    return Address("url", f"{parts.scheme}://{host}{port}{parts.path or '/'}{query}", text.strip())


def http_url(text: str) -> urllib3.util.Url:
    """The parts of a URL as they are requested. Raises InvalidAddressError."""
    text = text.strip()
    if len(text) > ADDRESS_CHARACTERS:
        raise InvalidAddressError(f"has more than {ADDRESS_CHARACTERS} characters")
    if not text.isprintable() or " " in text:  # otherwise each such character would give a receiver another spelling
        raise InvalidAddressError("has a blank or an invisible character in it")
    try:
        parts = urllib3.util.parse_url(text)
    except LocationParseError:
        raise InvalidAddressError("is no http or https URL") from None
    if parts.scheme not in _USUAL_PORT or not parts.host or parts.port == 0:
        raise InvalidAddressError("is no http or https URL")
    if parts.auth:
        raise InvalidAddressError("has a user or a password in it")
    return parts


def named(text: str) -> Address:
    """A name that only its service understands: of a chat, a device, a subscription."""
    shown = visible(text).strip(f"{_QUOTES} ")
    if not shown:
        raise InvalidAddressError("has no visible character")
    if not shown.isprintable():
        raise InvalidAddressError("has control characters in it")
    return Address("name", shown, shown)


def is_single(address: Address) -> bool:
    """Is this target safe from being read as two, or as a mail address with something around it?"""
    if address.kind in ("number", "mail"):
        return True
    target = address.target
    return not (_SPLITTING.search(target) or "+" in target[1:] or "@" in target[1:])


def holds_number(name: str, region: str, dialled: bool) -> bool:
    """
    Could somebody read a telephone number in this name, as in `n4153518780`? If names are `dialled`, any 7 to 15 digits
    are a number. Otherwise digits may be part of an id: they count if they have separators, or are an existing number
    at one end of the name.
    """
    if not dialled and _ID.fullmatch(name):
        return False
    if is_spelled(name, region):
        return True
    for stretch in _NO_LETTERS.finditer(name):
        runs = _DIGITS.findall(stretch[0])
        digits = "".join(runs)
        if len(digits) < FEWEST_DIGITS:
            continue
        if len(runs) > 1 or (dialled and len(digits) <= MOST_DIGITS):
            return True
        is_inside = stretch[0] == digits and stretch.start() and stretch.end() < len(name)
        if not is_inside and (read(digits, region) or read(f"+{digits}", region)):
            return True
    return False


def visible(text: str) -> str:
    """The text, composed, without invisible characters and outer blanks; digits as 0 to 9, dashes as hyphens."""
    if len(text) > ADDRESS_CHARACTERS:
        raise InvalidAddressError(f"has more than {ADDRESS_CHARACTERS} characters")
    if text.isascii():
        return text.strip()
    kept = []
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)
        if category == "Cf" or character in _UNSEEN:
            continue
        if category == "Nd":
            kept.append(str(int(character)))
        elif category == "Pd" or character in _HYPHENS:
            kept.append("-")
        else:
            kept.append(" " if category == "Zs" else character)
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def _plain(text: str) -> Address | None:
    """An ordinary mail address, read without the parser in a tenth of the time; the result is the same."""
    if len(text) > _PLAIN_CHARACTERS or not _PLAIN_MAIL.fullmatch(text):
        return None
    local, _, domain = text.partition("@")
    return Address("mail", text.lower(), f"{local}@{domain.lower()}")
