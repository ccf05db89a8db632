"""A client of a bundled server that a test started, with that server's password."""

from pathlib import Path

import redis


def client(root: Path, port: int, database: int = 0) -> redis.Redis:
    """A client of the server whose data is in `root`/var."""
    password = (root / "var" / "redis-password").read_text().strip()
    return redis.Redis(port=port, db=database, password=password, decode_responses=True)
