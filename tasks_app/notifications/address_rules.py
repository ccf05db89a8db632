"""Whom a text names: by the rules that channels choose from, and on the list of all of them."""

import re

from tasks_app.configuration import own_settings
from tasks_app.errors import InvalidAddressError
from tasks_app.notifications.addresses import Address, holds_number, is_mail, is_single, mail, named, reduced, visible
from tasks_app.notifications.apprise_services import dials

SUBSCRIPTION = re.compile(r"[a-z2-7]{26}")  # ids of our own, see jobs.fresh_id: digits in them are no numbers


def anybody(text: str) -> Address:
    """A number, a mail address, a URL or a name, whatever it is. Raises InvalidAddressError."""
    return named(text) if SUBSCRIPTION.fullmatch(text) else _reduced(text, is_dialled=False)


def of_service(text: str, url: str | None = None) -> Address:
    """
    Whom the service of an Apprise URL is given, by default that of the settings: digits are called, or are an id, as
    the service has it. Raises InvalidAddressError, also for what it could take for two recipients.
    """
    if url is None:
        url = own_settings().apprise_address
    as_name = mail if is_mail(visible(text)) else named
    found = _reduced(text, is_dialled=True) if dials(url) else as_name(text)
    if not is_single(found):
        raise InvalidAddressError("has something in it at which it could be taken for two addresses")
    return found


def _reduced(text: str, is_dialled: bool) -> Address:
    found = reduced(text, own_settings().phone_region)
    if found.kind == "name" and holds_number(found.target, own_settings().phone_region, is_dialled):
        raise InvalidAddressError("has a telephone number in it: write the number alone")
    return found
