"""The command `usher workers`: the workers' processes; quiet, resume and stop them."""

from typing import TYPE_CHECKING

import click

from usher.audit_command import noted
from usher.job_commands import its_usher
from usher.terminal import AS_JSON, columns, echo_json, in_sentences, moment, table

if TYPE_CHECKING:
    from tasks_app.jobs import SlotState, Worker

REASON = click.option("--reason", default="", help="Why, for those who meet it.")
NAMES = click.argument("names", metavar="NAME...", nargs=-1, required=True)


@click.group(invoke_without_command=True)
@AS_JSON
@click.pass_context
@in_sentences
def workers(context: click.Context, as_json: bool) -> None:
    """List the workers' processes and what their slots do; or quiet, resume and stop them."""
    if context.invoked_subcommand:
        return
    from api.health import workers as routes
    from tasks_app.jobs import messages

    its = its_usher()
    slots = its.slots.serving(messages.QUEUES)
    found, count = its.workers.all()
    if as_json:
        echo_json([routes.as_json(one, slots) for one in found])
        return
    if not found:
        click.echo("There are no workers.")
        return
    head = ("WORKER", "STATE", "QUEUES", "RELEASE", "SINCE", "BUSY", "")
    click.echo(table(head, [_row(one, slots) for one in found], columns()))
    if count > len(found):
        click.echo(f"There are {count - len(found)} more.", err=True)


def _row(worker: "Worker", slots: "list[SlotState]") -> tuple[str, ...]:
    own = [one for one in slots if one.worker == worker.name]
    busy = [one for one in own if one.state == "busy"]
    wish = worker.stop or worker.quiet
    told = [f"{one.type}{f' {one.job}' if one.job else ''}" for one in busy[:4]]
    if wish:
        told.insert(0, " ".join(filter(None, (f"by {wish.by}" if wish.by else "", wish.reason))))
    return (
        *(worker.name, worker.state, ",".join(worker.queues), worker.release, moment(worker.since_ms)),
        *(f"{len(busy)}/{len(own)}", " ".join("; ".join(filter(None, told)).split())),
    )


@workers.command()
@NAMES
@REASON
@in_sentences
def quiet(names: tuple[str, ...], reason: str) -> None:
    """Have workers start no job; what they do, they finish. It lasts until `resume`, or the end of the process."""
    for name in names:
        with noted("usher workers quiet", f"worker:{name}"):
            its_usher().workers.quiet(name, _user(), reason)
        click.echo(f"The worker {name} starts no job.")


@workers.command()
@NAMES
@in_sentences
def resume(names: tuple[str, ...]) -> None:
    """Let quiet workers start jobs again."""
    for name in names:
        with noted("usher workers resume", f"worker:{name}"):
            its_usher().workers.resume(name)
        click.echo(f"The worker {name} starts jobs again.")


@workers.command()
@NAMES
@REASON
@in_sentences
def stop(names: tuple[str, ...], reason: str) -> None:
    """Have workers finish what they do, for at most USHER_STOP_SECONDS, and end."""
    for name in names:
        with noted("usher workers stop", f"worker:{name}"):
            its_usher().workers.stop(name, _user(), reason)
        click.echo(f"The worker {name} ends when it has finished what it does.")


def _user() -> str:
    import getpass

    return getpass.getuser()
