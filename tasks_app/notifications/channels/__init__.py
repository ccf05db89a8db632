"""
The channels: the ways of sending a notification. Each has a file of its name with a function `terms(settings)`: a
module of this folder, or a user's module that USHER_CHANNELS names. The sender is in the file of the same name in
worker/notifications/channels/, or in the user's module beside the terms.
"""

from importlib import import_module

from tasks_app.configuration import Settings
from tasks_app.errors import UnknownChannelError
from tasks_app.notifications.channel_terms import Terms


class Channels:
    """The channels of one Usher: those that come with it, and the user's own that its settings name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._terms: dict[str, Terms] = {}

    def names(self) -> tuple[str, ...]:
        """All of them, sorted."""
        return self._settings.channel_names()

    def terms(self, name: str) -> Terms:
        """The terms of this channel under the settings. Raises UnknownChannelError."""
        if name not in self._terms:
            if name not in self.names():
                raise UnknownChannelError(channel=name)
            self._terms[name] = self._read(self._settings.channel_modules().get(name, f"{__name__}.{name}"))
        return self._terms[name]

    def load(self) -> None:
        """Import the user's own channels; each process does this at its start. Raises SystemExit with a sentence."""
        for name, module in self._settings.channel_modules().items():
            try:
                self.terms(name)
            except Exception as error:  # a user's module may raise anything when it is imported
                why = f"{type(error).__name__}: {error}"
                raise SystemExit(f"usher: USHER_CHANNELS: the module {module!r} cannot be used: {why}") from error

    def _read(self, module: str) -> Terms:
        found = import_module(module).terms(self._settings)
        if not isinstance(found, Terms):
            raise TypeError(f"its terms() returned no Terms but an object of the type {type(found).__name__}")
        return found
