"""Notes in the audit log of restored data that they were restored: by whom, and from which snapshot."""

from pathlib import Path

import redis

from tasks_app.access import AuditEntry, AuditLog
from tasks_app.configuration import Settings


def note_restored(settings: Settings, what: str, snapshot: Path, client: redis.Redis) -> None:
    """`what`: the command that restored it. Raises StateUnavailableError."""
    log = AuditLog(client, settings.keep_audit_seconds, settings.keep_audit_count)
    log.note(AuditEntry.of_command(what, f"snapshot:{snapshot.name}", outcome="done"))
