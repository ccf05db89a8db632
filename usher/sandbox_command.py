"""The command `usher sandbox`: does every notification go to the console? Switch it on and off."""

from typing import TYPE_CHECKING

import click

from usher.audit_command import noted
from usher.job_commands import its_usher
from usher.terminal import AS_JSON, echo_json, in_sentences, moment

if TYPE_CHECKING:
    from tasks_app.notifications import Sandbox


@click.group(invoke_without_command=True)
@AS_JSON
@click.pass_context
@in_sentences
def sandbox(context: click.Context, as_json: bool) -> None:
    """Say whether every notification goes to the console instead of to its provider; or switch that on and off."""
    if context.invoked_subcommand:
        return
    from dataclasses import asdict

    found = its_usher().sandbox.read()
    if as_json:
        echo_json(asdict(found))
    else:
        click.echo(_told(found))


def _told(found: "Sandbox") -> str:
    if not found.on:
        return "The sandbox is off: notifications go to their providers."
    by, why = f" by {found.by}" if found.by else "", f": {found.reason}" if found.reason else "."
    return f"The sandbox is on, and notifications reach nobody, since {moment(found.since_ms)}{by}{why}"


@sandbox.command()
@click.option("--reason", default="", help="Why, for those who meet it.")
@in_sentences
def on(reason: str) -> None:
    """Let every notification go to the console. When this ends, no send to a provider begins any more."""
    from tasks_app.access import AuditEntry
    from tasks_app.jobs import bounds

    if reason:
        bounds.text("reason", reason)
    with noted("usher sandbox on", "sandbox:on"):
        its_usher().sandbox.turn_on(reason, AuditEntry.of_command("").owner)
    click.echo("Every notification goes to the console, and reaches nobody. The end: usher sandbox off")


@sandbox.command()
@in_sentences
def off() -> None:
    """Let notifications go to their providers again. What was written to the console is not sent."""
    with noted("usher sandbox off", "sandbox:off"):
        its_usher().sandbox.turn_off()
    click.echo("Notifications go to their providers.")
