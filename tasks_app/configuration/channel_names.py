"""The ways of sending a notification, by name: the files of tasks_app/notifications/channels/, and those of a user."""

from pathlib import Path
from pkgutil import iter_modules

FOLDER = Path(__file__).parents[1] / "notifications" / "channels"
CHANNELS = tuple(sorted(module.name for module in iter_modules([str(FOLDER)])))
DEFAULT_CHANNEL = "console"
