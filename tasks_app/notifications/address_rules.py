"""The recipient that a text names: the rules from which channels choose, and the rule for the list `any`."""

import re

from tasks_app.errors import InvalidAddressError
from tasks_app.notifications.addresses import Address, holds_number, is_mail, is_single, mail, named, reduced, visible
from tasks_app.notifications.apprise_services import dials

SUBSCRIPTION = re.compile(r"[a-z2-7]{26}")  # Usher's own ids (jobs.fresh_id): their digits are no telephone numbers


def anybody(text: str, region: str) -> Address:
    """
    A number, a mail address, a URL or a name, as the text looks. `region` is the country of numbers without a country
    code. Raises InvalidAddressError.
    """
    return named(text) if SUBSCRIPTION.fullmatch(text) else _reduced(text, region, is_dialled=False)


def of_service(text: str, url: str, region: str) -> Address:
    """
    The recipient for the service of an Apprise URL ("" = none is set): the service decides whether digits are a
    telephone number or an id. Raises InvalidAddressError, also for a text that it could take for two recipients.
    """
    as_name = mail if is_mail(visible(text)) else named
    found = _reduced(text, region, is_dialled=True) if dials(url) else as_name(text)
    if not is_single(found):
        raise InvalidAddressError("has something in it at which it could be taken for two addresses")
    return found


def _reduced(text: str, region: str, is_dialled: bool) -> Address:
    found = reduced(text, region)
    if found.kind == "name" and holds_number(found.target, region, is_dialled):
        raise InvalidAddressError("has a telephone number in it: write the number alone")
    return found
