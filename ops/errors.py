"""The one error of this room."""


class StartError(Exception):
    """Usher cannot start, or went down while it did; the message is what the user reads, whole sentences."""
