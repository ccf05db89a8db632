"""console: prints the message instead of sending it. The default, since it needs no account anywhere."""

import threading

from tasks_app.notifications import Notification, Reply
from tasks_app.text import one_line
from tasks_app.usher import Usher

_turn = threading.Lock()


def printed(line: str) -> Reply:
    """Print a line on standard output, in one piece; in a Celery worker that is its log."""
    try:
        with _turn:
            print(one_line(line), flush=True)
    except (OSError, ValueError) as error:  # the terminal is gone, or cannot show a character
        return Reply("not_printed", detail=type(error).__name__)
    return Reply("printed")


class Console:
    """Prints a line for each notification."""

    name = "console"

    def scope(self, notification: Notification) -> str:  # noqa: ARG002
        return self.name

    def send(self, notification: Notification) -> Reply:
        return printed(f"Sending notification to {notification.to}, with message: {notification.message}")


def open_channel(_: Usher) -> Console:
    """The console; there is nothing to set."""
    return Console()
