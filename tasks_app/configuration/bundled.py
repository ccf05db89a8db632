"""The bundled server's password: made by whoever needs it first, kept in a file that only this user can read."""

import contextlib
import os
import secrets
from pathlib import Path

PASSWORD = Path("var/redis-password")


def password() -> str:
    """
    The password, which is made now if there is none yet; "" where this user may neither read nor make it, and then the
    server refuses with a sentence of its own. Two processes that make it at the same moment get the same one.
    """
    try:
        try:
            return PASSWORD.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return _make()
    except (OSError, ValueError):
        return ""


def _make() -> str:
    PASSWORD.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = PASSWORD.with_name(f"{PASSWORD.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_urlsafe(32)}\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(beside, PASSWORD)  # whole or not at all, and never over another's
    finally:
        beside.unlink()
    return PASSWORD.read_text(encoding="ascii").strip()
