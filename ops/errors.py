"""The errors of ops; their messages are whole sentences, which the user reads."""


class StartError(Exception):
    """Usher cannot start, or went down while it did."""


class SnapshotError(Exception):
    """No snapshot was written."""
