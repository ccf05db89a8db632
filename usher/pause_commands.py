"""The commands `usher pause`, `usher resume` and `usher pauses`."""

import click

from usher.audit_command import noted
from usher.job_commands import its_usher
from usher.terminal import AS_JSON, columns, echo_json, in_sentences, moment, say, table


@click.command()
@click.argument("group")
@click.option("--reason", default="", help="Why, for those who meet the pause.")
@click.option("--until", help="When it ends by itself, as 2026-12-01T09:00[Europe/Berlin].")
@click.option("--for-seconds", type=click.FloatRange(1, 31_536_000), help="The same as a time from now.")
@in_sentences
def pause(group: str, reason: str, until: str | None, for_seconds: float | None) -> None:
    """Let the jobs of GROUP that have not started wait.

    GROUP is type:TYPE, queue:QUEUE, key:TYPE/KEY, batch:ID, show:ID, product:ID or channel:CHANNEL.
    """
    from tasks_app.access import AuditEntry
    from tasks_app.jobs import bounds
    from tasks_app.text import dates

    if until and for_seconds:
        raise click.UsageError("give --until or --for-seconds, not both")
    on = named(group)
    if reason:
        bounds.text("reason", reason)
    until_ms = dates.unix_ms(until) if until else None
    with noted("usher pause", on):
        for_ms = round(for_seconds * 1000) if for_seconds else None
        its_usher().controls.pause(group, reason, AuditEntry.of_command("").owner, until_ms, for_ms)
    say(f"{group} is paused. It goes on with: usher resume '{group}'")


@click.command()
@click.argument("group")
@in_sentences
def resume(group: str) -> None:
    """Let the jobs of GROUP go on, as `usher pauses` names it."""
    from tasks_app.jobs import groups

    groups.checked(group)
    with noted("usher resume", audited(group)):
        its_usher().controls.resume(group)
    say(f"{group} goes on.")


@click.command()
@AS_JSON
@in_sentences
def pauses(as_json: bool) -> None:
    """List what is paused: since when, by whom, why and until when."""
    from dataclasses import asdict

    found = its_usher().jobs.pauses()
    if as_json:
        echo_json({group: asdict(one) for group, one in found.items()})
        return
    if not found:
        click.echo("Nothing is paused.")
        return
    ordered = sorted(found.items(), key=lambda row: row[1].since_ms)
    rows = [
        (group, moment(one.since_ms), one.by or "-", moment(one.until_ms), one.reason or "") for group, one in ordered
    ]
    click.echo(table(("GROUP", "SINCE", "BY", "UNTIL", "WHY"), rows, columns()))


def named(group: str) -> str:
    """
    The group as the audit log has it, once it is certain that there is such a thing. Raises InvalidJobError,
    UnknownBatchError, UnknownInventoryError, UnknownChannelError, StateUnavailableError.
    """
    from tasks_app.jobs import groups

    kind, name = groups.checked(group)
    if kind == "batch":
        its_usher().batches.read(name)
    elif kind in ("show", "product"):
        its_usher().inventories.read(group)
    elif kind == "channel":
        its_usher().channels.terms(name)
    return audited(group)


def audited(group: str) -> str:
    """The group as the audit log has it: a key may be a customer's name, and stands as a pseudonym."""
    if not group.startswith("key:"):
        return group
    before, _, key = group.partition("/")
    return f"{before}/{its_usher().pseudonyms.of(key)}"
