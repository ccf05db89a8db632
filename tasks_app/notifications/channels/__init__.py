"""
The channels: the ways of sending a notification. Each declares its terms in a file of its name: a module of this
folder, or a user's module that USHER_CHANNELS names. The sender is in the file of the same name in
worker/notifications/channels/, or in the user's module beside the terms.
"""

from functools import cache
from importlib import import_module

from tasks_app.configuration import own_settings
from tasks_app.errors import UnknownChannelError
from tasks_app.notifications.channel_terms import Terms


def terms_of(name: str) -> Terms:
    """The terms of this channel. Raises UnknownChannelError."""
    settings = own_settings()
    if name not in settings.channel_names():
        raise UnknownChannelError(channel=name)
    return _terms(settings.channel_modules().get(name, f"{__name__}.{name}"))


def load() -> None:
    """Import the user's own channels; each process does this at its start. Raises SystemExit with a sentence."""
    for module in own_settings().channels:
        try:
            _terms(module)
        except Exception as error:  # a user's module may raise anything when it is imported
            why = f"{type(error).__name__}: {error}"
            raise SystemExit(f"usher: USHER_CHANNELS: the module {module!r} cannot be used: {why}") from error


@cache
def _terms(module: str) -> Terms:
    found = import_module(module).TERMS
    if not isinstance(found, Terms):
        raise TypeError(f"its TERMS are no Terms but of the type {type(found).__name__}")
    return found
