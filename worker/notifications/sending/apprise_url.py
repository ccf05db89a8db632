"""Checks USHER_APPRISE_URL before anything is sent: does the text at {to} become the recipient?"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol, cast
from urllib.parse import quote, unquote

from apprise import Apprise, NotifyBase
from apprise.manager_plugins import NotificationManager

from tasks_app.notifications import FEWEST_DIGITS, Address

PLACE = "{to}"
# Services take different things as recipients: a number, a mail address, a name, an id.
NUMBER = Address("number", "+15005550006", "+15005550006")
MAIL = Address("mail", "usher@example.org", "usher@example.org")
PROBES = (NUMBER.target, MAIL.target, "usherprobe", "@usherprobe", "#usherprobe", "123456789012", "c" * 32)
UNREAD = "USHER_APPRISE_URL has its {to} where its service does not look for the recipient."
SECRET_PARTS = ("schema", "user", "password", "host", "port")

About = Mapping[str, object]  # a part of a URL, as its service describes it


class Plugin(Protocol):
    """A service of Apprise, as a class."""

    template_tokens: Mapping[str, About]
    template_args: Mapping[str, About]

    def parse_url(self, url: str) -> Mapping[str, object] | None:
        """The parts of a URL; None if it is not a URL of this service."""


def check(url: str) -> None:
    """Raises SystemExit with a sentence: a message that does not reach the recipient must not look sent."""
    if found := fault(url):
        raise SystemExit(f"usher: {found}")


def fault(url: str) -> str | None:
    """What is wrong with the URL, as a sentence that shows no part of it; None if it is fine. Loads Apprise."""
    level = logging.getLogger("apprise").level
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its errors quote the URL, with its secrets
    try:
        return _fault(url)
    finally:
        logging.getLogger("apprise").setLevel(level)


def has_recipients(url: str) -> bool:
    """Does its service send to particular recipients? A room's webhook, such as Discord's, does not."""
    plugin = _plugin(url)
    return plugin is not None and any(name.startswith("target") for name in plugin.template_tokens)


def is_for(address: Address, service: object) -> bool:
    """Has Apprise read exactly this number or mail address? From `a@b.4` it takes `a@b`, which may be on the list."""
    found = list(_texts(getattr(service, "targets", None)))
    if address.kind == "mail":
        return all(one.lower().removeprefix("@") == address.target.lower() for one in found if "@" in one)
    if address.kind == "number":
        own = address.key.lstrip("+")
        forms = (own, own.removeprefix("1"))  # services in North America omit the country code
        digits = ["".join(filter(str.isdecimal, one)) for one in found]
        return all(one in forms for one in digits if len(one) >= FEWEST_DIGITS)
    return True


def _texts(found: object) -> Iterator[str]:
    """The texts in a service's recipients: texts, pairs with a name or a kind, or objects by name."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        yield from _texts(list(found.values()))
    elif isinstance(found, Iterable):
        for one in found:
            yield from _texts(one)


def _fault(url: str) -> str | None:
    plugin = _plugin(url)
    if plugin is None:
        return "USHER_APPRISE_URL has a scheme that no service of Apprise has."
    if PLACE not in url:
        if has_recipients(url):
            return "USHER_APPRISE_URL has no {to}, so every message would go to the same recipient."
        return None if Apprise.instantiate(url) else "USHER_APPRISE_URL is not what its service of Apprise takes."
    filled = [(probe, url.replace(PLACE, quote(probe, safe=""))) for probe in PROBES]
    read = [(probe, plugin.parse_url(one) or {}) for probe, one in filled]
    private = _names(plugin.template_tokens, lambda _, about: about.get("private"))
    # If there are recipients, a text of the wrong kind for the service may well be read as a part of a token.
    secret = set(SECRET_PARTS) if has_recipients(url) else {*SECRET_PARTS, *private}
    if any(probe in one for probe, parts in read for one in _texts([parts.get(name) for name in secret])):
        return "USHER_APPRISE_URL has its {to} where the recipient is not written: put it into the path or the query."
    services = {probe: service for probe, one in filled if (service := Apprise.instantiate(one))}
    if not has_recipients(url):
        if not services:
            return "USHER_APPRISE_URL is not what its service of Apprise takes."
        return None if any(one in unquote(_written(service)) for one, service in services.items()) else UNREAD
    told = [
        (probe, [one for one in _texts([parts.get(name) for name in _targets(plugin)]) if one]) for probe, parts in read
    ]
    taken = [(probe, found) for probe, found in told if any(_same(probe, one) for one in found)]
    if not taken:
        return UNREAD
    if not services and not Apprise.instantiate(url.replace(PLACE, "")):  # it may want another kind of recipient
        return "USHER_APPRISE_URL is not what its service of Apprise takes."
    beside = any(len(found) > 1 for _, found in taken)
    if beside or not all(is_for(one, services.get(one.target)) for one in (NUMBER, MAIL)):
        return "USHER_APPRISE_URL names a recipient beside its {to}, who would get every message."
    return None


def _targets(plugin: Plugin) -> set[str]:
    """The fields in which the service keeps recipients, by its own description."""
    of_recipients = _names(plugin.template_tokens, lambda name, _: name.startswith("target"))
    return of_recipients | _names(plugin.template_args, lambda name, _: name.startswith("target") or name == "to")


def _names(described: Mapping[str, About], chosen: Callable[[str, About], object]) -> set[str]:
    """The keys of parse_url() for the parts that `chosen` selects by name and description."""
    return {
        str(about.get("map_to") or about.get("alias_of") or name)
        for name, about in described.items()
        if chosen(name, about) and not isinstance(about.get("alias_of"), tuple | list)
    }


def _written(service: NotifyBase) -> str:
    return str(service.url())  # type: ignore[no-untyped-call]


def _same(probe: str, read: str) -> bool:
    """Did the service read exactly the probe?"""
    return read.strip(" +@#").lower() == probe.strip("+@#").lower()


def _plugin(url: str) -> Plugin | None:
    Apprise.instantiate("json://localhost")  # loads the services
    try:
        found = NotificationManager()[url.partition("://")[0].strip().lower()]  # type: ignore[no-untyped-call]
        return cast(Plugin, found)
    except KeyError:
        return None
