"""The names of the channels: the files in tasks_app/notifications/channels/, and the user's own."""

from pathlib import Path
from pkgutil import iter_modules

FOLDER = Path(__file__).parents[1] / "notifications" / "channels"
CHANNELS = tuple(sorted(module.name for module in iter_modules([str(FOLDER)])))
DEFAULT_CHANNEL = "console"
