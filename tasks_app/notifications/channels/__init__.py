"""
The channels: the ways of sending a notification. Each declares its terms in a file, whose name is its own: a module of
this folder, or of a user's own that USHER_CHANNELS names. What sends stands in the worker, in the file of this name, or
in the user's own beside the terms.
"""

from functools import cache
from importlib import import_module

from tasks_app.configuration import own_settings
from tasks_app.errors import UnknownChannelError
from tasks_app.notifications.channel_terms import Terms


def terms_of(name: str) -> Terms:
    """What both sides know of this channel. Raises UnknownChannelError."""
    settings = own_settings()
    if name not in settings.channel_names():
        raise UnknownChannelError(channel=name)
    return _terms(settings.channel_modules().get(name, f"{__name__}.{name}"))


def load() -> None:
    """Import the channels of the user's own, as each process does at its start. Raises SystemExit with one sentence."""
    for module in own_settings().channels:
        try:
            _terms(module)
        except Exception as error:  # whatever a user's module does when it is imported
            why = f"{type(error).__name__}: {error}"
            raise SystemExit(f"usher: USHER_CHANNELS: the module {module!r} cannot be used: {why}") from error


@cache
def _terms(module: str) -> Terms:
    found = import_module(module).TERMS
    if not isinstance(found, Terms):
        raise TypeError(f"its TERMS are no Terms but of the type {type(found).__name__}")
    return found
