"""The command `usher audit`; and `noted`, by which commands that change something are in the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click

from usher.terminal import AS_JSON, columns, echo_json, in_sentences, moment, table


@contextmanager
def noted(what: str, *on: str) -> Iterator[list[str]]:
    """
    Note the command before it changes something, and then how it ended; the list takes what it made. Raises
    StateUnavailableError before anything was changed.
    """
    from tasks_app.access import AuditEntry
    from tasks_app.errors import StateUnavailableError, UsherError
    from tasks_app.program import own_usher

    log = own_usher().audit_log
    entry = AuditEntry.of_command(what, *on)
    entry_id, made = log.note(entry), list(on)
    try:
        yield made
    except StateUnavailableError:  # nobody knows whether it was changed
        raise
    except (UsherError, ValueError) as error:
        log.note(replace(entry, outcome="refused", code=getattr(error, "code", "")), entry_id)
        raise
    log.note(replace(entry, on=tuple(made), outcome="done"), entry_id)


@click.command()
@click.option("--who", default="", help="Only by this owner, key or user.")
@click.option("--what", default="", help="Only this operation or command, as revoke_key.")
@click.option("--on", default="", help="Only about this, as show:hamlet.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True, help="How many at most.")
@AS_JSON
@in_sentences
def audit(who: str, what: str, on: str, limit: int, as_json: bool) -> None:
    """Show who changed what, the newest first."""
    from tasks_app.access import WantedChanges
    from tasks_app.program import own_usher

    log, wanted = own_usher().audit_log, WantedChanges(who, what, on)
    page = log.page(wanted, "", limit)
    found = list(page.changes)
    while page.cursor and len(found) < limit:
        page = log.page(wanted, page.cursor, limit - len(found))
        found += page.changes
    if as_json:
        echo_json([one.to_json() for one in found])
        return
    if not found:
        click.echo("There are no such changes.")
        return
    rows = [
        (
            *(moment(int(one.id.partition("-")[0])), one.entry.owner or one.entry.by, one.entry.outcome),
            *(one.entry.what, " ".join(one.entry.on)),
        )
        for one in found
    ]
    click.echo(table(("TIME", "WHO", "OUTCOME", "WHAT", "ON"), rows, columns()))
