"""The errors of this room; the message is what the user reads, whole sentences."""


class StartError(Exception):
    """Usher cannot start, or went down while it did."""


class SnapshotError(Exception):
    """No snapshot was written."""
