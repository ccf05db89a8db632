"""The bundled server's password: the first process that needs it makes it, in a file that only this user can read."""

import contextlib
import os
import secrets
from pathlib import Path

PASSWORD = Path("var/redis-password")


def password() -> str:
    """
    The password; makes it if there is none yet. Returns "" when this user may neither read nor make it; then the server
    refuses with its own message. Two processes that make it at the same moment get the same one.
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
            os.link(beside, PASSWORD)  # all or nothing, and it never overwrites another process's password
    finally:
        beside.unlink()
    return PASSWORD.read_text(encoding="ascii").strip()
