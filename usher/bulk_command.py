"""The command `usher bulk`, and what `usher replay --type ...` does: the same done to all jobs that a filter finds."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from usher.audit_command import noted
from usher.terminal import AS_JSON, columns, echo_json, in_sentences, moment, say, table

if TYPE_CHECKING:
    from tasks_app.bulk import Operation
    from tasks_app.jobs import WantedJobs

STATES = ("queued", "delayed", "active", "complete", "failed", "cancelled")  # a test compares
ACTIONS = ("cancel", "replay", "run-now", "priority", "delete")
LOOK_SECONDS = 0.3  # from one look at a running operation to the next
BAR = 30  # characters
Command = Callable[..., Any]
CONDITIONS = ("job_type", "state", "target", "batch", "code", "text", "since", "until", "metadata")
_FILTER = (
    click.option("--type", "job_type", default="", help="Only jobs of this type."),
    click.option("--state", type=click.Choice(STATES), help="Only those in this state."),
    click.option("--code", default="", help="Only those whose last attempt failed with this code, as time_limit."),
    click.option("--target", default="", help="Only those about this, as show:hamlet."),
    click.option("--batch", default="", help="Only those of this batch."),
    click.option("--text", "-q", default="", help="Only those with this text in id, title, type, target or customer."),
    click.option("--since", default="", help="Only those not made before this, ISO 8601."),
    click.option("--until", default="", help="Only those made before this, ISO 8601."),
    click.option(
        "--metadata", multiple=True, metavar="KEY=VALUE", help="Only those with this value of a declared key."
    ),
    click.option("--rate", type=click.FloatRange(0.01, 10_000), help="At most so many jobs a second."),
    click.option("--dry-run", is_flag=True, help="Only say how many jobs it would find, and show some."),
    click.option("--yes", is_flag=True, help="Do not ask before it begins."),
)


def filtered(command: Command) -> Command:
    """The command, with the options of a filter, --rate, --dry-run and --yes."""
    for option in reversed(_FILTER):
        command = option(command)
    return command


def is_filtered(options: dict[str, Any]) -> bool:
    """Do the options of `filtered` name a condition?"""
    return any(options[name] for name in CONDITIONS)


@click.group()
def bulk() -> None:
    """Do the same to all jobs that a filter finds at this moment."""


def _action(name: str) -> None:
    told = {
        "cancel": "Cancel all jobs that the filter finds and that are not over.",
        "replay": "Do all jobs again that the filter finds and that are over; of complete ones, copies.",
        "run-now": "Queue all delayed jobs now that the filter finds.",
        "priority": "Give all waiting jobs that the filter finds another priority.",
        "delete": "Drop the records of all jobs that the filter finds and that are over.",
    }

    @in_sentences
    def run(priority: int = 0, **options: Any) -> int:
        return carry_out(name, priority, options)

    command = filtered(AS_JSON(run))
    if name == "priority":
        command = click.argument("priority", type=click.IntRange(-1_000_000, 1_000_000))(command)
    settings = {"ignore_unknown_options": True} if name == "priority" else {}  # -10 is no option
    bulk.command(name, help=told[name], context_settings=settings)(command)


for _name in ACTIONS:
    _action(_name)


@bulk.command("list")
@AS_JSON
@in_sentences
def list_operations(as_json: bool) -> None:
    """List the operations: those that wait or run, then the others, the latest first."""
    found, _ = _its().page("", 100)
    if as_json:
        echo_json([_json(one) for one in found])
        return
    rows = [(one.id, one.state, one.wish.action, moment(one.frozen_ms), _counts(one)) for one in found]
    click.echo(table(("ID", "STATE", "ACTION", "ASKED FOR", ""), rows, columns()) if rows else "There are none.")


@bulk.command()
@click.argument("bulk_id", metavar="ID")
@AS_JSON
@in_sentences
def show(bulk_id: str, as_json: bool) -> int:
    """Show one, as it goes on, until it is over. Ctrl-C only ends the view."""
    if as_json:
        echo_json(_json(_its().read(bulk_id)))
        return 0
    return watch(bulk_id)


@bulk.command()
@click.argument("bulk_id", metavar="ID")
@in_sentences
def stop(bulk_id: str) -> None:
    """Stop one where it is: what it has done stays done."""
    from tasks_app.program import own_usher

    _its().read(bulk_id)
    with noted("usher bulk stop", f"bulk:{bulk_id}"):
        own_usher().controls.cancel(bulk_id)
    say(_report(_its().read(bulk_id)))


def carry_out(action: str, priority: int, options: dict[str, Any]) -> int:
    """Ask for it and watch it, or with --dry-run only count. Raises click.UsageError, UsherError, ValueError."""
    from tasks_app.bulk import ACTIONS as OF_STATES
    from tasks_app.bulk import Wish
    from tasks_app.jobs import Backoff, NewJob, messages
    from tasks_app.program import own_usher

    wish = Wish(action.replace("-", "_"), _wanted(options), priority, options["rate"])
    if not wish.states:
        raise click.UsageError(f"{action} is for jobs in the states {', '.join(OF_STATES[wish.action])}")
    found = _its().preview(wish)
    if options["dry_run"] and options["as_json"]:
        from api.jobs import jobs as routes

        examples = [routes.as_listed(job) for job in found.examples]
        numbers = {"count": found.count, "is_all": found.is_all}
        echo_json({"action": wish.action, "dry_run": True, **numbers, "examples": examples})
        return 0
    if not options["as_json"]:
        click.echo(f"{'' if found.is_all else 'At least '}{found.count} jobs match.")
        rows = [(job.id, job.state.value, job.type, moment(job.created_ms)) for job in found.examples]
        if rows and (options["dry_run"] or not options["yes"]):
            click.echo(table(("SOME OF THEM", "STATE", "TYPE", "CREATED"), rows, columns()))
    if options["dry_run"] or not found.count:
        return 0
    if not options["yes"] and sys.stdin.isatty() and not click.confirm(f"{action} them?"):
        return 1
    job = NewJob(messages.BULK_OPERATION, _its().counted(wish).to_data(), attempts=10, backoff=Backoff(delay_ms=5_000))
    with noted(f"usher bulk {action}", f"bulk:{job.id}"):
        own_usher().intake.submit([job])
    if options["as_json"]:
        echo_json(_json(_its().read(job.id)))
        return 0
    return watch(job.id, f"The operation {job.id} begins.")


def watch(bulk_id: str, before: str = "") -> int:
    """
    Say what comes `before`, and show how far it is until it is over; on a terminal as a bar. Ctrl-C ends the view.
    Returns the exit code. Raises UnknownBulkError.
    """
    is_moving = sys.stdout.isatty()
    try:
        if before:
            click.echo(before)
        while (found := _its().read(bulk_id)).finished_ms is None:
            if is_moving:
                click.echo(f"\r{_bar(found)}\x1b[K", nl=False)
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        click.echo(f"\nIt goes on. `usher bulk show {bulk_id}` shows it, `usher bulk stop {bulk_id}` stops it.")
        return 0
    click.echo("\r\x1b[K" if is_moving else "", nl=False)
    say(_report(found))
    return 0 if found.state == "complete" and not found.failed else 1


def _bar(found: "Operation") -> str:
    share = found.looked_at / max(found.wish.total, 1)
    return f"[{'#' * round(BAR * share):<{BAR}}] {share:4.0%}  {_counts(found)}"


def _counts(found: "Operation") -> str:
    told = [f"{found.done} done"]
    told += [f"{count} skipped ({reason})" for reason, count in sorted(found.skipped.items())]
    told += [f"{count} failed ({code})" for code, count in sorted(found.failed.items())]
    return ", ".join(told)


def _report(found: "Operation") -> str:
    why = f" {found.error.get('message', '')}" if found.state == "failed" and found.error else ""
    return f"The operation {found.id} is {found.state}: {_counts(found)}.{why}"


def _wanted(options: dict[str, Any]) -> "WantedJobs":
    """Raises click.UsageError, ValueError."""
    from tasks_app.configuration import own_settings
    from tasks_app.jobs import State, WantedJobs, messages
    from tasks_app.text import dates

    if not is_filtered(options):
        raise click.UsageError("name at least one condition, as --type")
    if options["job_type"] == messages.BULK_OPERATION:
        raise click.UsageError("bulk operations are stopped one by one: usher bulk stop ID")
    keys = own_settings().find_by
    metadata = dict(one.partition("=")[::2] for one in options["metadata"])
    if unknown := metadata.keys() - {*keys}:
        raise click.UsageError(f"jobs are not found by {', '.join(sorted(unknown))}: USHER_FIND_BY declares the keys")
    return WantedJobs(
        state=State(options["state"]) if options["state"] else None,
        type=options["job_type"],
        target=options["target"],
        batch=options["batch"],
        code=options["code"],
        text=options["text"],
        keys=keys,
        metadata=metadata,
        since_ms=dates.unix_ms(options["since"]) if options["since"] else 0,
        until_ms=dates.unix_ms(options["until"]) if options["until"] else None,
    )


def _its() -> Any:
    from tasks_app.program import own_usher

    return own_usher().bulk


def _json(found: "Operation") -> dict[str, Any]:
    from api.bulk import bulk as routes

    return routes.as_json(found)
